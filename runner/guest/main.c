/*
 * guest: PID 1 of every sandbox.
 *
 *	guest PROGRAM [ARGUMENT …]
 *
 * Runs the workload, joins the gate's connections to it, writes candidates and has them
 * judged, and tells keep how things are.  The host trusts nothing of this.
 *
 * Environment: WORKLOAD_UID, WORKLOAD_TASKS.
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
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

int
main(int argc, char **argv)
{
	unsigned tasks;

	if (argc < 2)
		BUG("usage: guest program [argument ...]");
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	guest.uid = number("WORKLOAD_UID", 1u << 30);
	tasks = number("WORKLOAD_TASKS", 1u << 16);
	user_set(guest.uid);
	guest.loop = loop_new();
	give_folder(PLACE_WORK);
	give_folder(PLACE_SOURCE);
	give_folder(PLACE_CANDIDATE);
	if (chdir(PLACE_PROJECT) < 0)
		BUG("there is no %s: errno %d", PLACE_PROJECT, errno);
	loop_children(guest.loop, work_reaped);
	apply_open(guest.loop);
	work_start(guest.loop, argv + 1, tasks, on_change);
	ctl_open(guest.loop);
	loop_run(guest.loop);
	return 0;
}
