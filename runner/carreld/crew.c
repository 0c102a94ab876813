/*
 * The inner process: PID 1 of the private namespace.  Opens every listening socket, starts
 * the crew, starts again whoever ends, and says when the first request would succeed.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/rest.h"
#include "crew.h"

#define BACKLOG 4096
#define FILES_MAX 65536		/* each parked stream and relayed connection holds one or two */
#define STOP_MS 3000
#define ROLL_MS 1500		/* open pages wait for it; the gate needs 1000 at the most */
#define STEADY_MS 10000		/* alive this long: the next start is not delayed */
#define DELAY_MAX_MS 5000
#define RUN_WILD_USEC 2000000	/* without ever waiting for anything */

enum start { PLAIN, SOCKET, PAIR, SERVER, STATIC };

struct member {
	const char *name, *program;
	int uid;
	enum conf_reader reader;
	const char *listens;
	enum start start;
	int fd;			/* its argument, held open for ever */
	pid_t pid;		/* 0: not running */
	int64_t started_ms, start_at_ms;
	int delay_ms;
};

static struct {
	const struct conf *conf;
	const struct place *place;
	struct member members[16];
	int count;
	int log_fd, console_fd;
} self;

static int
open_socket(const char *path, gid_t gid, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    chown(path, 0, gid) < 0 || chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0)
		return err_sys(e, "listen at %s", path);
	return KEEP_FD(fd);
}

static int
open_sockets(struct err *e)
{
	gid_t shared = (gid_t)(self.conf->uid_base + UID_SHARED);
	int pair[2], used = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_sys(e, "socketpair");
	for (int i = 0; i < self.count; i++) {
		struct member *m = &self.members[i];

		m->fd = -1;
		if (m->start == PAIR)
			m->fd = pair[used++];
		else if (m->listens && (m->fd = open_socket(m->listens, shared, e)) < 0)
			return -1;
	}
	return 0;
}

static void
become(const struct member *m)
{
	uid_t uid = (uid_t)(self.conf->uid_base + m->uid);
	gid_t shared = (gid_t)(self.conf->uid_base + UID_SHARED);
	bool wants_port = m->start == SERVER && self.conf->port < 1024;

	if (m->uid == UID_ROOT)
		return;
	if (wants_port)
		prctl(PR_SET_KEEPCAPS, 1);
	if (setgroups(1, &shared) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		_exit(126);
	if (wants_port)
		crew_keep_port_capability();
	prctl(PR_SET_DUMPABLE, 0);
}

/* Those that answer pages, and decide, run before all that sandboxes compute: with the usual
 * scheduling a page waited up to 300 ms for a processor while twenty apps were started, so it
 * waits 5, at no cost to them, because these programs compute next to nothing.  Not launch,
 * whose children would inherit it, and none that handles tenants' bytes in bulk.  One that runs
 * wild is ended, and started again.  Where it is not allowed, it goes without. */
static void
go_first(const struct member *m)
{
	static const struct sched_param lowest = {.sched_priority = 1};
	static const struct rlimit longest = {RUN_WILD_USEC, RUN_WILD_USEC};

	if (m->uid != UID_WEB && m->uid != UID_SERVER && m->uid != UID_RUN)
		return;
	setrlimit(RLIMIT_RTTIME, &longest);
	sched_setscheduler(0, SCHED_RR, &lowest);
}

/* In the child: never returns. */
static void
exec_member(const struct member *m)
{
	struct rlimit none = {0, 0}, files = {FILES_MAX, FILES_MAX};
	char path[64], fd_text[12], *argv[4] = {path, NULL};
	sigset_t all;

	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	dup2(self.log_fd, STDOUT_FILENO);
	dup2(self.log_fd, STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &files);
	go_first(m);
	become(m);
	umask(0007);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (m->fd >= 0) {
		fcntl(m->fd, F_SETFD, 0);
		snprintf(fd_text, sizeof(fd_text), "%d", m->fd);
		argv[1] = fd_text;
	}
	if (m->start == SERVER)
		crew_exec_server(self.conf);
	if (m->start == STATIC)
		crew_exec_static();
	snprintf(path, sizeof(path), RUN "/bin/%s", m->program);
	execve(path, argv, conf_environment(self.conf, m->reader));
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void
start(struct member *m)
{
	m->started_ms = clock_boot_ms();
	m->start_at_ms = 0;
	m->pid = fork();
	if (m->pid == 0)
		exec_member(m);
	if (m->pid < 0) {
		log_error("fork for %s: %s", m->name, strerror(errno));
		m->pid = 0;
		m->start_at_ms = m->started_ms + 1000;
	}
}

static void
note_death(struct member *m, int status)
{
	int64_t now = clock_boot_ms(), lived = now - m->started_ms;
	int delay_before = m->delay_ms;

	m->pid = 0;
	m->delay_ms = lived >= STEADY_MS ? 0 : m->delay_ms ? m->delay_ms * 2 : 50;
	if (m->delay_ms > DELAY_MAX_MS)
		m->delay_ms = DELAY_MAX_MS;
	m->start_at_ms = now + m->delay_ms;
	log_warn("%s ended (%s %d) after %lld ms, starting it again in %d ms", m->name,
	    WIFSIGNALED(status) ? "signal" : "exit",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), (long long)lived,
	    m->delay_ms);
	if (m->delay_ms >= 1000 && delay_before < 1000)
		dprintf(self.console_fd, "%s keeps ending; its last words are in %s/log\n",
		    m->name, self.place->var);
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < self.count; i++)
			if (self.members[i].pid == pid)
				note_death(&self.members[i], status);
}

/* All but the web servers, or all. */
static bool
is_meant(const struct member *m, bool with_server)
{
	return m->pid && (with_server || m->start < SERVER);
}

static void
stop_all(bool with_server)
{
	int64_t until = clock_boot_ms() + (with_server ? STOP_MS : ROLL_MS);
	int left;

	for (int i = self.count - 1; i >= 0; i--)
		if (is_meant(&self.members[i], with_server))
			kill(self.members[i].pid, SIGTERM);
	do {
		struct pollfd none = {.fd = -1};
		pid_t pid;

		left = 0;
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			for (int i = 0; i < self.count; i++)
				if (self.members[i].pid == pid)
					self.members[i].pid = 0;
		for (int i = 0; i < self.count; i++)
			left += is_meant(&self.members[i], with_server);
		if (left)
			poll(&none, 1, 10);
	} while (left && clock_boot_ms() < until);
	for (int i = 0; i < self.count; i++)
		if (is_meant(&self.members[i], with_server))
			kill(self.members[i].pid, SIGKILL);
}

/* What a new version of Carrel wants of the store, by its own carreld. */
static void
migrate(void)
{
	static char path[] = RUN "/bin/carreld", word[] = "migrate";
	char *argv[] = {path, word, NULL};
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(self.log_fd, STDOUT_FILENO);
		dup2(self.log_fd, STDERR_FILENO);
		execve(path, argv, conf_environment(self.conf, CONF_NONE));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		log_error("the store could not be brought up to date, status %d", status);
}

/* New programs for old ones.  The sockets stay, so whoever comes meanwhile waits a moment
 * and is not refused; sandboxes stay too, where they were not put to sleep before. */
static void
roll(void)
{
	stop_all(false);
	migrate();
	rest_take_back();
	for (int i = 0; i < self.count; i++)
		if (!is_meant(&self.members[i], true))
			self.members[i].start_at_ms = self.members[i].delay_ms = 0;
	rest_say(self.console_fd);
	dprintf(self.console_fd, "Carrel runs anew.\n");
	close(open(ALIVE_DIR "/upgraded", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
}

static int
wait_ms(void)
{
	int64_t next = 1000, now = clock_boot_ms();

	for (int i = 0; i < self.count; i++)
		if (!self.members[i].pid && self.members[i].start_at_ms - now < next)
			next = self.members[i].start_at_ms - now;
	return next < 0 ? 0 : (int)next;
}

static void
start_due(void)
{
	int64_t now = clock_boot_ms();

	for (int i = 0; i < self.count; i++)
		if (!self.members[i].pid && self.members[i].start_at_ms <= now)
			start(&self.members[i]);
}

/* What is left to do for whoever runs the web server himself. */
static void
say_shared(void)
{
	char folder[PATH_MAX];

	dprintf(self.console_fd, "Your own web server brings people there: examples/ has its "
	    "configuration, and its user must be in group %d.\n",
	    (int)self.conf->uid_base + UID_SHARED);
	if (place_closed_folder(self.place, folder))
		dprintf(self.console_fd, "It cannot read %s/www, because %s lets others not in; "
		    "chmod o+x that, or build elsewhere.\n", self.place->build, folder);
}

static void
say_ready(void)
{
	const char *ssh = getenv("SSH_CONNECTION"), *user = getenv("USER");
	char client[64], client_port[16], host[64], port[16];

	dprintf(self.console_fd, "Carrel is ready: %s/\n", self.conf->url);
	if (conf_is_shared(self.conf))
		say_shared();
	else if (ssh && sscanf(ssh, "%63s %15s %63s %15s", client, client_port, host, port) == 4)
		dprintf(self.console_fd, "From your desk: ssh -L %d:localhost:%d -p %s %s@%s   then open %s/\n",
		    (int)self.conf->port, (int)self.conf->port, port, user ? user : "root", host,
		    self.conf->url);
	if (crew_model_is_sample(self.conf))
		dprintf(self.console_fd, "No model key is set: answers come from built-in samples. "
		    "Set ANTHROPIC_API_KEY, or OPENAI_API_KEY / OPENAI_BASE_URL.\n");
}

static void
fill_members(void)
{
	static const struct member table[] = {
#define CREW(name, program, uid, reader, listens, start) \
		{#name, program, uid, reader, listens, start, -1, 0, 0, 0, 0},
#include "crew.def"
#undef CREW
	};

	for (size_t i = 0; i < COUNT(table); i++)
		if ((table[i].start != SERVER || !conf_is_shared(self.conf)) &&
		    (table[i].start != STATIC || crew_has_static()))
			self.members[self.count++] = table[i];
}

static int
open_log(struct err *e)
{
	gid_t shared = (gid_t)(self.conf->uid_base + UID_SHARED);

	if (mkdir(RUN "/var/log", 0750) < 0 && errno != EEXIST)
		return err_sys(e, "make the log folder");
	self.log_fd = open(RUN "/var/log/carrel.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0660);
	/* The web server opens it again, by /dev/stderr. */
	if (self.log_fd < 0 || fchown(self.log_fd, 0, shared) < 0 || fchmod(self.log_fd, 0660) < 0 ||
	    chown(RUN "/var/log", 0, shared) < 0)
		return err_sys(e, "open the log");
	return 0;
}

enum stage { AT_WORK, UPGRADING, STOPPING };

/* One signal; false: stop now. */
static bool
heard(int signo, enum stage *stage)
{
	int64_t limit_ms = self.conf->stop_timeout * 1000;

	if (signo == SIGTERM || signo == SIGINT) {
		if (*stage == STOPPING || !limit_ms)
			return false;
		*stage = STOPPING;
		rest_begin(limit_ms, false);
	} else if (signo == SIGHUP && *stage == AT_WORK) {
		/* Else what runs in sandboxes goes on, and is found again. */
		if (!rest_note_programs()) {
			roll();
			return true;
		}
		*stage = UPGRADING;
		rest_begin(limit_ms ? limit_ms : 1, true);
	}
	return true;
}

/* False: stop now. */
static bool
go_on(enum stage *stage)
{
	if (*stage == AT_WORK || !rest_is_done(self.console_fd))
		return true;
	if (*stage == STOPPING) {
		rest_say(self.console_fd);
		return false;
	}
	*stage = AT_WORK;
	roll();
	return true;
}

static void
watch_over(int sig_fd)
{
	enum stage stage = AT_WORK;
	struct signalfd_siginfo si;
	int64_t since = clock_boot_ms();
	bool is_ready = false, is_late = false;

	for (;;) {
		struct pollfd p = {.fd = sig_fd, .events = POLLIN};

		start_due();
		if (!is_ready && (is_ready = crew_answers(self.conf)))
			say_ready();
		if (!is_ready && !is_late && clock_boot_ms() - since > 15000) {
			is_late = true;
			dprintf(self.console_fd, "Not ready after 15 s: %s/health says which part is "
			    "missing, and the log is %s/log/carrel.log\n", self.conf->url,
			    self.place->var);
		}
		poll(&p, 1, is_ready && stage == AT_WORK ? wait_ms() : 20);
		while (read(sig_fd, &si, sizeof(si)) == sizeof(si))
			if (!heard((int)si.ssi_signo, &stage))
				return;
		if (!go_on(&stage))
			return;
		if (is_ready && stage == AT_WORK)
			tend();
		reap();
	}
}

int
crew_run(const struct conf *c, const struct place *p, int console_fd)
{
	AUTO_FD int sig_fd = -1;
	struct err e;
	sigset_t set;

	self.conf = c;
	self.place = p;
	self.console_fd = console_fd;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sig_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	fill_members();
	if (sig_fd < 0 || open_log(&e) < 0 || open_sockets(&e) < 0 ||
	    crew_prepare_server(c, &e) < 0 || crew_prepare_static(&e) < 0) {
		dprintf(console_fd, "carrel: %s\n", e.text);
		return 1;
	}
	dup2(self.log_fd, STDERR_FILENO);
	log_open("carreld", c->verbose);
	rest_note_programs();
	watch_over(sig_fd);
	stop_all(true);
	return 0;
}
