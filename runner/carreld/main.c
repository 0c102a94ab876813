/*
 * carreld: starts a Carrel and stays in the foreground until it is told to stop.
 *
 *   carreld                      run
 *   carreld print NAME           print the configuration of a web server you run yourself
 *                                (lighttpd, apache, nginx), or carrel.conf's manual (settings)
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "carreld.h"

#define KILL_AFTER_MS 4000

static int
fail(const struct err *e)
{
	fprintf(stderr, "carrel: %s\n", e->text);
	return 1;
}

static int
print_conf(const struct conf *c, const char *name)
{
	static const struct {
		const char *name;
		web_print_fn *print;
	} kinds[] = {{"lighttpd", web_lighttpd}, {"apache", web_apache}, {"nginx", web_nginx}};
	struct web_place w = {.conf = c, .www = RUN "/www"};

	if (strcmp(name, "settings") == 0) {
		conf_print_manual(stdout);
		return 0;
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			kinds[i].print(stdout, &w);
			return 0;
		}
	}
	fprintf(stderr, "carreld print: lighttpd, apache, nginx or settings\n");
	return 1;
}

/* The inner process's whole life. */
static int
live_inside(const struct conf *c, const struct place *p)
{
	struct err e;
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	if (place_enter(c, p, &e) < 0)
		return fail(&e);
	status = crew_run(c, p, STDOUT_FILENO);
	place_leave(c);
	return status;
}

/* Waits for the inner process; passes SIGTERM, SIGINT and SIGHUP on. */
static int
watch_inner(pid_t inner, int sig_fd)
{
	int64_t kill_at = 0;
	struct signalfd_siginfo si;
	int status;

	for (;;) {
		struct pollfd p = {.fd = sig_fd, .events = POLLIN};

		poll(&p, 1, kill_at ? 50 : -1);
		while (read(sig_fd, &si, sizeof(si)) == sizeof(si)) {
			if (si.ssi_signo == SIGCHLD)
				continue;
			kill(inner, si.ssi_signo == SIGHUP ? SIGHUP : SIGTERM);
			if (si.ssi_signo != SIGHUP && !kill_at)
				kill_at = clock_boot_ms() + KILL_AFTER_MS;
		}
		if (kill_at && clock_boot_ms() > kill_at)
			kill(inner, SIGKILL);
		if (waitpid(inner, &status, WNOHANG) == inner)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
	}
}

static void
clear_cgroups(const char *instance)
{
	int64_t until = clock_boot_ms() + 1000;

	while (cgroup_clear(instance) < 0 && clock_boot_ms() < until)
		poll(NULL, 0, 10);
}

static int
run(struct conf *c)
{
	struct place p = {.var_lock = -1, .run_lock = -1};
	AUTO_FD int sig_fd = -1;
	struct err e;
	sigset_t set;
	pid_t inner;
	int status;

	if (geteuid() != 0)
		return fprintf(stderr, "carrel: must be started as root: it makes sandboxes, "
		    "mounts and cgroups, and gives root up everywhere else\n"), 1;
	if (place_find(c, &p, &e) < 0 || port_choose(c, &e) < 0)
		return fail(&e);
	if (getppid() != 1)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	clear_cgroups(p.instance);	/* what an earlier one, killed, left */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sig_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID) < 0) {
		err_sys(&e, "cannot make private namespaces");
		return fail(&e);
	}
	inner = fork();
	if (inner == 0)
		_exit(live_inside(c, &p));
	if (ftruncate(p.var_lock, 0) == 0)
		dprintf(p.var_lock, "%d\n", (int)inner);	/* carrelctl enters there */
	status = watch_inner(inner, sig_fd);
	clear_cgroups(p.instance);
	/* RUN stays on the host: removing it would take away the mounts on it in every other
	 * Carrel's namespace. */
	return status;
}

static int
check_log(const struct conf *c, struct err *e)
{
	if (strcmp(c->log, "text") == 0 || strcmp(c->log, "json") == 0)
		return 0;
	return err_field(e, ERR_INPUT, "log", "log must be text or json, not \"%s\"", c->log);
}

int
main(int argc, char **argv)
{
	struct conf c;
	struct err e;

	log_open("carreld", false);
	if (conf_load(&c, &e) < 0 || check_log(&c, &e) < 0)
		return fail(&e);
	log_json(strcmp(c.log, "json") == 0);
	if (argc == 3 && strcmp(argv[1], "print") == 0)
		return print_conf(&c, argv[2]);
	if (argc != 1)
		return fprintf(stderr, "usage: carreld [print lighttpd|apache|nginx|settings]\n"), 2;
	return run(&c);
}
