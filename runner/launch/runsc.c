#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "runsc.h"

#define PROGRAM "/run/carrel/build/bin/runsc"
#define CHOSEN "runsc"		/* a link, in the bundle */

static const char *const flags[] = {
	"--platform=systrap",		/* works on nested machines too */
	"--network=none",		/* loopback only */
	"--host-uds=all",		/* the guest binds sockets in its two folders */
	"--overlay2=root:memory,size=64m",
	"--fdlimit=16384",
	"--host-settings=ignore",	/* its advice is doctor's business */
};

/* The arguments that follow the flags. */
struct call {
	char bundle[128], pid_file[128], image[160], env[128];
	const char *args[8];
};

_Noreturn static void
run_child(const char *dir, const struct call *call, pid_t parent)
{
	char panic[128], log[128];
	const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	    call->env[0] ? call->env : NULL, NULL};
	const char *argv[COUNT(flags) + COUNT(call->args) + 4] = {"runsc"};
	int n = 1, null_fd = open("/dev/null", O_RDWR), log_fd;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);	/* it died before it could be waited for */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	snprintf(panic, sizeof(panic), "--panic-log=%s/panic", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (dup2(null_fd, 0) < 0 || dup2(null_fd, 1) < 0 || dup2(log_fd, 2) < 0)
		_exit(126);
	for (size_t i = 0; i < COUNT(flags); i++)
		argv[n++] = flags[i];
	argv[n++] = "--root=" RUNSC_ROOT;
	argv[n++] = panic;
	for (size_t i = 0; call->args[i]; i++)
		argv[n++] = call->args[i];
	snprintf(log, sizeof(log), "%s/" CHOSEN, dir);
	execve(log, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	execve(PROGRAM, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	dprintf(2, "cannot run %s: %s\n", log, strerror(errno));
	_exit(127);
}

int
runsc_choose(const char *dir, const char *engine, struct err *e)
{
	char link[128], to[128];

	snprintf(link, sizeof(link), "%s/" CHOSEN, dir);
	snprintf(to, sizeof(to), engine ? "%s/runsc" : "%.0s" PROGRAM, engine ? engine : "");
	unlink(link);
	return symlink(to, link) < 0 ? err_sys(e, "make %s", link) : 0;
}

static pid_t
run(const char *dir, const struct call *call)
{
	pid_t self = getpid(), pid = fork();

	if (pid == 0)
		run_child(dir, call, self);
	return pid;
}

pid_t
runsc_start(const char *dir, const char *id, const char *image, const char *more)
{
	struct call c = {.args = {image ? "restore" : "run", "--detach", c.bundle, c.pid_file,
	    image ? c.image : id, image ? id : NULL}};

	snprintf(c.bundle, sizeof(c.bundle), "--bundle=%s", dir);
	snprintf(c.pid_file, sizeof(c.pid_file), "--pid-file=%s/pid", dir);
	snprintf(c.image, sizeof(c.image), "--image-path=%s", image ? image : "");
	if (more)
		snprintf(c.env, sizeof(c.env), "CARREL_RUNSC_FLAGS=%s", more);
	return run(dir, &c);
}

pid_t
runsc_save(const char *dir, const char *id, const char *image, bool goes_on)
{
	struct call c = {.args = {"checkpoint", c.image, goes_on ? "--leave-running" : id,
	    goes_on ? id : NULL}};

	snprintf(c.image, sizeof(c.image), "--image-path=%s", image);
	return run(dir, &c);
}

void
runsc_print_flags(struct buf *to)
{
	for (size_t i = 0; i < COUNT(flags); i++)
		buf_fmt(to, "%s\n", flags[i]);
}

void
runsc_forget(const char *id)
{
	DIR *dir = opendir(RUNSC_ROOT);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (strstr(d->d_name, id))
			unlinkat(dirfd(dir), d->d_name, 0);
	if (dir)
		closedir(dir);
}
