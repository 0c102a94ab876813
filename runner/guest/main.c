/*
 * guest: PID 1 of every sandbox.
 *
 *	guest PROGRAM [ARGUMENT …]
 *
 * Runs the workload, joins the gate's connections to it, writes candidates and has them
 * judged, and tells keep how things are.  The host trusts nothing of this.
 *
 * Environment: WORKLOAD_UID, WORKLOAD_TASKS, MEMORY_MB.
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "apply.h"
#include "ctl.h"
#include "place.h"
#include "relay.h"
#include "user.h"
#include "work.h"

static struct {
	struct loop *loop;
	uid_t uid;
} guest;

static unsigned
number(const char *name, unsigned max)
{
	const char *text = getenv(name);
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	if (n == 0 || n > max)
		BUG("%s is not a number from 1 to %u", name, max);
	return (unsigned)n;
}

static int
give_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return lchown(path, guest.uid, guest.uid);
}

/* A folder of the workload's, with all that the image has in it. */
static void
give_folder(const char *path)
{
	if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
	    nftw(path, give_entry, 8, FTW_PHYS) < 0)
		BUG("cannot give %s to the workload: errno %d", path, errno);
}

static void
on_change(void)
{
	if (work_state() == GUEST_GAVE_UP)
		relay_close();
	apply_state_changed();
	ctl_tell_state();
}

static void
on_child(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct signalfd_siginfo si;
	int status;
	pid_t pid;

	(void)l, (void)events, (void)arg;
	if (read(fd, &si, sizeof(si)) < 0 && errno != EAGAIN && errno != EINTR)
		BUG("signalfd: errno %d", errno);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		work_reaped(pid, status);
}

static void
watch_children(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		BUG("signalfd: errno %d", errno);
	loop_watch(guest.loop, fd, EPOLLIN, on_child, NULL);
}

int
main(int argc, char **argv)
{
	struct work_limits limits;

	if (argc < 2)
		BUG("usage: guest program [argument ...]");
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	guest.uid = number("WORKLOAD_UID", 1u << 30);
	limits.memory_mb = number("MEMORY_MB", 1u << 20);
	limits.tasks = number("WORKLOAD_TASKS", 1u << 16);
	user_set(guest.uid);
	guest.loop = loop_new();
	give_folder(PLACE_WORK);
	give_folder(PLACE_SOURCE);
	give_folder(PLACE_CANDIDATE);
	if (chdir(PLACE_PROJECT) < 0)
		BUG("there is no %s: errno %d", PLACE_PROJECT, errno);
	watch_children();
	apply_open(guest.loop);
	work_start(guest.loop, argv + 1, &limits, on_change);
	ctl_open(guest.loop);
	loop_run(guest.loop);
	return 0;
}
