#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "box.h"
#include "engine.h"
#include "group.h"
#include "home.h"
#include "runsc.h"
#include "save.h"
#include "snap.h"
#include "start.h"
#include "task.h"
#include "vault.h"
#include "verb.h"
#include "volume.h"

#define TICK_MS 4
#define SLOW_TICK_MS 100
#define STUCK_MS 5000

static struct {
	struct loop *loop;
	const struct conf *conf;
	box_send_fn *send;
	struct box *boxes;
} all;

static void look_again(struct loop *l, void *arg);

struct box *
box_find(const char *id)
{
	struct box *b = all.boxes;

	while (b && strcmp(b->id, id) != 0)
		b = b->next;
	return b;
}

struct box *
box_first(void)
{
	return all.boxes;
}

struct loop *
box_loop(void)
{
	return all.loop;
}

const struct conf *
box_conf(void)
{
	return all.conf;
}

void
box_send(const struct launch_msg *m)
{
	all.send(m);
}

void
box_answer(const struct launch_msg *m, int result, const char *text)
{
	struct launch_msg a = *m;

	a.result = result;
	snprintf(a.text, sizeof(a.text), "%s", text);
	all.send(&a);
}

void
box_figures(struct launch_msg *m, const struct group_figures *f)
{
	m->memory_bytes = f->memory_bytes;
	m->memory_peak_bytes = f->memory_peak_bytes;
	m->pids_now = f->pids_now;
	m->cpu_usec = f->cpu_usec;
}

void
box_unasked(const struct box *b, uint32_t verb, struct launch_msg *m)
{
	struct group_figures f;

	group_read(b->id, &f);
	*m = (struct launch_msg){.version = LAUNCH_VERSION, .verb = verb,
	    .epoch = b->life.epoch, .memory_mb = b->life.memory_mb, .pid = b->pid,
	    .disk_bytes = volume_used(b->id)};
	memcpy(m->id, b->id, ID_SIZE);
	box_figures(m, &f);
}

/* All that is still owed about a sandbox of which nothing is left. */
static void
tell_gone(struct box *b)
{
	if (b->create.verb)
		box_answer(&b->create, b->create.result, b->create.text);
	if (b->save.verb)
		box_answer(&b->save, b->save.result, b->save.text);
	if (b->died.verb)
		all.send(&b->died);
	for (size_t i = 0; i < b->kill_count; i++) {
		box_figures(&b->kills[i], &b->last);
		box_answer(&b->kills[i], 0, "");
	}
}

static void
forget(struct box *b)
{
	struct box **at = &all.boxes;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	tell_gone(b);
	free(b->kills);
	free(b);
}

static bool
is_alive(const struct box *b)
{
	return b->runsc_pid || b->tasks || group_kill(b->id) > 0;
}

static void
stop_more(struct box *b)
{
	int64_t ms = clock_boot_ms() - b->stop_ms;

	if (b->runsc_pid)
		kill(b->runsc_pid, SIGKILL);
	if (!is_alive(b) && group_remove(b->id)) {
		runsc_forget(b->id);
		home_remove(b->id);
		forget(b);
		return;
	}
	if (ms > STUCK_MS)
		log_error("%s does not go away, after %" PRId64 " s", b->id, ms / 1000);
	b->timer = loop_timer(all.loop, ms > STUCK_MS ? SLOW_TICK_MS : TICK_MS,
	    look_again, b);
}

static void
look_again(struct loop *l, void *arg)
{
	struct box *b = arg;

	(void)l;
	b->timer = NULL;
	stop_more(b);
}

void
box_stop(struct box *b)
{
	loop_cancel(all.loop, KEEP_PTR(b->timer));
	loop_forget(all.loop, KEEP_PTR(b->watch));
	oom_forget(KEEP_PTR(b->oom));
	group_read(b->id, &b->last);
	if (b->pid_fd >= 0) {
		syscall(SYS_pidfd_send_signal, b->pid_fd, SIGKILL, NULL, 0);
		close(KEEP_FD(b->pid_fd));
	}
	b->state = BOX_STOPPING;
	b->stop_ms = clock_boot_ms();
	stop_more(b);
}

/* Not a panic of runsc (2), nor a signal, its own or the guest's (128 and more). */
static bool
is_plain_exit(int status)
{
	return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) != 2 &&
	    WEXITSTATUS(status) < 128;
}

/* A sandbox that ended by itself; status as from wait(2), −1 where nobody knows. */
static void
died(struct box *b, int status)
{
	struct launch_msg *m = &b->died;
	struct group_figures f;
	char said[sizeof(m->text) - 32];

	box_unasked(b, LAUNCH_DIED, m);
	group_read(b->id, &f);
	m->why = f.memory_kills > oom_told(b->oom) ? LAUNCH_WHY_MEMORY :
	    f.hit_pids ? LAUNCH_WHY_PIDS : is_plain_exit(status) ? LAUNCH_WHY_EXIT : LAUNCH_WHY_CRASH;
	home_words(b->id, said, sizeof(said));
	if (status < 0)
		snprintf(m->text, sizeof(m->text), "ended while launch was away");
	else if (WIFEXITED(status))
		snprintf(m->text, sizeof(m->text), "exit status %d %s",
		    WEXITSTATUS(status), said);
	else
		snprintf(m->text, sizeof(m->text), "signal %d %s",
		    WTERMSIG(status), said);
	box_stop(b);
}

static void
on_pid_fd(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct box *b = arg;
	int status;

	(void)l, (void)fd, (void)events;
	died(b, waitpid(b->pid, &status, WNOHANG) == b->pid ? status : -1);
}

bool
box_watch(struct box *b)
{
	if (b->pid_fd < 0)
		b->pid_fd = (int)syscall(SYS_pidfd_open, b->pid, 0);
	if (b->pid_fd < 0)
		return false;
	fcntl(b->pid_fd, F_SETFD, FD_CLOEXEC);
	b->watch = loop_watch(all.loop, b->pid_fd, EPOLLIN, on_pid_fd, b);
	b->state = BOX_RUNNING;
	if (!b->oom)
		b->oom = oom_watch(all.loop, b);
	return true;
}

static void
discarded(const struct launch_msg *m, const struct task_end *end)
{
	if (end->result < 0)
		log_error("%s: checkpoint %s: %s", m->id, m->image, end->text);
	box_find(m->id)->tasks--;
}

void
box_save_failed(struct box *b, int result, const char *text)
{
	b->save.result = result;
	snprintf(b->save.text, sizeof(b->save.text), "%.199s", text);
	log_error("%s was not saved: %s", b->id, text);
	b->tasks++;
	task_add(&b->save, snap_drop, discarded);
	box_stop(b);
}

void
box_reaped(pid_t pid, int status)
{
	if (task_reaped(pid))
		return;
	for (struct box *b = all.boxes; b; b = b->next) {
		if (b->runsc_pid == pid) {
			b->runsc_pid = 0;
			if (b->state == BOX_STARTING)
				start_runsc_ended(b, status);
			else if (b->state == BOX_SAVING)
				save_runsc_ended(b, status);
			return;
		}
		if (b->pid == pid && b->state == BOX_RUNNING) {
			died(b, status);
			return;
		}
	}
}

struct box *
box_new(const char *id)
{
	struct box *b = mem_new(sizeof(*b));

	memcpy(b->id, id, ID_SIZE);
	b->pid_fd = -1;
	b->next = all.boxes;
	all.boxes = b;
	return b;
}

static void
take_over(const char *id)
{
	struct box *b = box_new(id);

	home_read_life(id, &b->life);
	b->pid = home_pid(id);
	if (b->pid > 0 && group_has(id, b->pid) && box_watch(b))
		return;
	died(b, -1);
}

static void
tidied(const struct launch_msg *m, const struct task_end *end)
{
	(void)m;
	if (end->result < 0)
		log_warn("programs for sleepers are not in order: %s", end->text);
}

int
box_open(struct loop *l, const struct conf *c, box_send_fn *send, struct err *e)
{
	static const struct launch_msg unasked = {.version = LAUNCH_VERSION,
	    .verb = LAUNCH_LIST};
	static const struct launch_msg tidy = {.id = "engine"};

	all.loop = l;
	all.conf = c;
	all.send = send;
	if (home_open(c, e) < 0 || vault_open(e) < 0 || volume_open(c, e) < 0 ||
	    snap_open(e) < 0 || home_each(take_over, e) < 0)
		return -1;
	verb_list(&unasked);
	task_add(&tidy, engine_tidy, tidied);
	return 0;
}
