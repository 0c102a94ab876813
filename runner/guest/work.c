#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"
#include "user.h"
#include "work.h"

#define READY_FD 3
#define READY_WORD "ready\n"
#define DEATHS_MAX 5
#define DEATHS_WITHIN_MS 60000
#define TAIL_BYTES 4096
#define OPEN_FILES 4096
#define ENV_MAX 16

/* Waits before the start that follows the first, second … death within a minute. */
static const int64_t pauses_ms[DEATHS_MAX - 1] = {0, 200, 500, 1000};

static struct {
	struct loop *loop;
	const struct work_plan *plan;
	bool is_begun;
	enum guest_state state;
	pid_t pid;		/* 0: none */
	uint32_t restarts;
	int last_status;
	int ready_fd, out_fd;
	struct watch *ready_watch, *out_watch;
	struct timer *timer;	/* the start's deadline, or the pause before it */
	char word[sizeof(READY_WORD)];
	size_t word_len;
	int64_t deaths_ms[DEATHS_MAX];
	size_t deaths;
	char tail[TAIL_BYTES];
	size_t tail_len;
} work = {.ready_fd = -1, .out_fd = -1};

static void
set_state(enum guest_state state)
{
	work.state = state;
	work.plan->on_change();
}

/* As PID 1 that means everything else in here; elsewhere (a test) just the group. */
static void
kill_all(void)
{
	if (getpid() == 1)
		kill(-1, SIGKILL);
	else if (work.pid > 0)
		kill(-work.pid, SIGKILL);
}

static void
set_limit(int what, rlim_t most)
{
	struct rlimit r = {most, most};

	setrlimit(what, &r);
}

_Noreturn static void
run_child(int ready_fd, int out_fd)
{
	const char *env[ENV_MAX] = {"TMPDIR=/tmp", "LANG=C.UTF-8", "CARREL_READY_FD=3"};
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	for (size_t i = 0, n = 3; work.plan->env[i] && n + 1 < ENV_MAX; i++)
		env[n++] = work.plan->env[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	/* Up and out of the way first: none may be what another is copied over. */
	ready_fd = fcntl(ready_fd, F_DUPFD_CLOEXEC, 10);
	out_fd = fcntl(out_fd, F_DUPFD_CLOEXEC, 10);
	if (dup2(null_fd, 0) < 0 || dup2(out_fd, 1) < 0 || dup2(out_fd, 2) < 0 ||
	    dup2(ready_fd, READY_FD) < 0)
		_exit(126);
	set_limit(RLIMIT_NPROC, work.plan->tasks);
	set_limit(RLIMIT_NOFILE, OPEN_FILES);
	set_limit(RLIMIT_CORE, 0);
	user_become();
	execve(work.plan->argv[0], work.plan->argv, (char *const *)(uintptr_t)env);
	dprintf(2, "cannot start %s: %s\n", work.plan->argv[0], strerror(errno));
	_exit(127);
}

static void
drop(int *fd, struct watch **w)
{
	loop_forget(work.loop, *w);
	*w = NULL;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
add_tail(const char *bytes, size_t n)
{
	size_t kept = n < TAIL_BYTES ? TAIL_BYTES - n : 0;

	if (n > TAIL_BYTES) {
		bytes += n - TAIL_BYTES;
		n = TAIL_BYTES;
	}
	if (kept > work.tail_len)
		kept = work.tail_len;
	memmove(work.tail, work.tail + work.tail_len - kept, kept);
	memcpy(work.tail + kept, bytes, n);
	work.tail_len = kept + n;
}

static void
read_output(struct loop *l, int fd, uint32_t events, void *arg)
{
	char bytes[4 * TAIL_BYTES];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)l, (void)events, (void)arg;
	if (n > 0)
		add_tail(bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop(&work.out_fd, &work.out_watch);
}

static void
read_ready(struct loop *l, int fd, uint32_t events, void *arg)
{
	ssize_t n = read(fd, work.word + work.word_len,
	    strlen(READY_WORD) - work.word_len);

	(void)l, (void)events, (void)arg;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	work.word_len += n > 0 ? (size_t)n : 0;
	if (n > 0 && work.word_len < strlen(READY_WORD))
		return;
	drop(&work.ready_fd, &work.ready_watch);
	if (strcmp(work.word, READY_WORD) != 0)
		return;		/* it says nothing useful: its deadline will end it */
	loop_cancel(work.loop, KEEP_PTR(work.timer));
	set_state(GUEST_READY);
}

static void
start_too_slow(struct loop *l, void *arg)
{
	(void)l, (void)arg;
	work.timer = NULL;
	add_tail("\nnot ready in time\n", 19);
	kill_all();
}

static void
start(struct loop *l, void *arg)
{
	int ready[2], out[2];

	(void)arg;
	work.timer = NULL;
	work.word_len = 0;
	memset(work.word, 0, sizeof(work.word));
	if (pipe2(ready, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(out, O_CLOEXEC) < 0)
		BUG("pipe: errno %d", errno);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	work.pid = fork();
	if (work.pid == 0)
		run_child(ready[1], out[1]);
	if (work.pid < 0)
		BUG("fork: errno %d", errno);
	close(ready[1]);
	close(out[1]);
	work.ready_fd = ready[0];
	work.out_fd = out[0];
	work.ready_watch = loop_watch(l, ready[0], EPOLLIN, read_ready, NULL);
	work.out_watch = loop_watch(l, out[0], EPOLLIN, read_output, NULL);
	work.timer = loop_timer(l, work.plan->start_secs * 1000LL, start_too_slow, NULL);
}

/* How many deaths there were within the last minute, this one included. */
static size_t
count_death(int64_t now_ms)
{
	size_t recent = 0;

	work.deaths_ms[work.deaths++ % DEATHS_MAX] = now_ms;
	for (size_t i = 0; i < DEATHS_MAX && i < work.deaths; i++)
		recent += now_ms - work.deaths_ms[i] < DEATHS_WITHIN_MS;
	return recent;
}

void
work_reaped(pid_t pid, int status)
{
	size_t deaths;

	if (pid != work.pid)
		return;
	kill_all();
	work.pid = 0;
	work.last_status = status;
	if (work.out_fd >= 0)
		read_output(work.loop, work.out_fd, 0, NULL);
	drop(&work.out_fd, &work.out_watch);
	drop(&work.ready_fd, &work.ready_watch);
	loop_cancel(work.loop, KEEP_PTR(work.timer));
	deaths = count_death(clock_boot_ms());
	if (deaths >= DEATHS_MAX) {
		set_state(GUEST_GAVE_UP);
		return;
	}
	work.restarts++;
	work.timer = loop_timer(work.loop, pauses_ms[deaths - 1], start, NULL);
	set_state(GUEST_RESTARTING);
}

void
work_setup(struct loop *l, const struct work_plan *plan)
{
	work.loop = l;
	work.plan = plan;
	work.state = GUEST_STARTING;
}

void
work_begin(void)
{
	if (work.is_begun)
		return;
	work.is_begun = true;
	start(work.loop, NULL);
}

void
work_begin_again(void)
{
	if (work.state != GUEST_READY)
		return;
	work.state = GUEST_STARTING;
	work.timer = loop_timer(work.loop, work.plan->start_secs * 1000LL, start_too_slow, NULL);
}

void
work_is_ready(void)
{
	if (work.state != GUEST_STARTING)
		return;
	loop_cancel(work.loop, KEEP_PTR(work.timer));
	set_state(GUEST_READY);
}

enum guest_state
work_state(void)
{
	return work.state;
}

void
work_kill(void)
{
	if (work.pid > 0)
		kill_all();
}

void
work_describe(struct buf *b)
{
	pack_u32(b, work.state);
	pack_u32(b, work.restarts);
	pack_u32(b, (uint32_t)work.last_status);
	pack_bytes(b, work.tail, work.tail_len);
}
