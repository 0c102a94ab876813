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
#include "group.h"
#include "home.h"
#include "runsc.h"
#include "spec.h"
#include "verb.h"

#define START_MS 30000
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

/* All that is still owed about a sandbox of which nothing is left. */
static void
tell_gone(struct box *b)
{
	if (b->create.verb)
		box_answer(&b->create, b->create.result, b->create.text);
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
	return b->runsc_pid || group_kill(b->id) > 0;
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

	group_read(b->id, &f);
	*m = (struct launch_msg){.version = LAUNCH_VERSION, .verb = LAUNCH_DIED,
	    .epoch = b->life.epoch, .memory_mb = b->life.memory_mb, .pid = b->pid};
	memcpy(m->id, b->id, ID_SIZE);
	box_figures(m, &f);
	m->why = f.hit_memory ? LAUNCH_WHY_MEMORY : f.hit_pids ? LAUNCH_WHY_PIDS :
	    is_plain_exit(status) ? LAUNCH_WHY_EXIT : LAUNCH_WHY_CRASH;
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

/* From here on its end is noticed; false where it has ended already. */
static bool
watch_pid(struct box *b)
{
	b->pid_fd = (int)syscall(SYS_pidfd_open, b->pid, 0);
	if (b->pid_fd < 0)
		return false;
	fcntl(b->pid_fd, F_SETFD, FD_CLOEXEC);
	b->watch = loop_watch(all.loop, b->pid_fd, EPOLLIN, on_pid_fd, b);
	b->state = BOX_RUNNING;
	return true;
}

static void
start_failed(struct box *b, int result, const char *text)
{
	b->create.result = result;
	snprintf(b->create.text, sizeof(b->create.text), "%.199s", text);
	log_error("%s did not start: %s", b->id, text);
	box_stop(b);
}

static void
start_too_slow(struct loop *l, void *arg)
{
	struct box *b = arg;

	(void)l;
	b->timer = NULL;
	start_failed(b, -ETIMEDOUT, "runsc did not start it in time");
}

static void
runsc_ended(struct box *b, int status)
{
	char said[sizeof(b->create.text)];

	b->runsc_pid = 0;
	if (b->state != BOX_STARTING)
		return;
	loop_cancel(all.loop, KEEP_PTR(b->timer));
	b->pid = home_pid(b->id);
	if (status == 0 && b->pid > 0 && watch_pid(b)) {
		b->create.pid = b->pid;
		box_answer(&b->create, 0, "");
		b->create.verb = 0;
		return;
	}
	home_words(b->id, said, sizeof(said));
	start_failed(b, -EIO, said[0] ? said : "it ended at once");
}

void
box_reaped(pid_t pid, int status)
{
	for (struct box *b = all.boxes; b; b = b->next) {
		if (b->runsc_pid == pid) {
			runsc_ended(b, status);
			return;
		}
		if (b->pid == pid && b->state == BOX_RUNNING) {
			died(b, status);
			return;
		}
	}
}

static struct box *
box_new(const char *id)
{
	struct box *b = mem_new(sizeof(*b));

	memcpy(b->id, id, ID_SIZE);
	b->pid_fd = -1;
	b->next = all.boxes;
	all.boxes = b;
	return b;
}

static int
prepare(const struct box *b, const struct launch_msg *m, struct err *e)
{
	const struct spec_template *what = spec_find(m->template_name);
	char root[PATH_MAX], group[128], dir[HOME_PATH_SIZE];
	AUTO_BUF struct buf json = {0};
	struct spec s = {.id = b->id, .what = what, .root = root, .group = group,
	    .epoch = m->epoch, .memory_mb = m->memory_mb, .cpu_percent = m->cpu_percent,
	    .pids = m->pids, .workload_uid = (uid_t)all.conf->uid_base + UID_WORKLOAD};

	if (home_image(what->image, root, e) < 0)
		return -1;
	group_path(b->id, group, sizeof(group));
	buf_init(&json, 65536);
	spec_print(&s, &json);
	home_path(b->id, "config.json", dir);
	if (home_make(b->id, &b->life, all.conf, e) < 0)
		return -1;
	return file_write(dir, json.at, json.len, 0600, e);
}

void
box_start(const struct launch_msg *m)
{
	struct box *b = box_new(m->id);
	char dir[HOME_PATH_SIZE];
	struct err e = {0};

	b->life = (struct home_life){.epoch = m->epoch, .memory_mb = m->memory_mb};
	b->create = *m;
	b->state = BOX_STARTING;
	home_path(b->id, "", dir);
	if (prepare(b, m, &e) < 0) {
		start_failed(b, e.sys ? -e.sys : -EIO, e.text);
		return;
	}
	b->runsc_pid = runsc_run(dir, b->id);
	if (b->runsc_pid < 0) {
		b->runsc_pid = 0;
		start_failed(b, -errno, "fork failed");
		return;
	}
	b->timer = loop_timer(all.loop, START_MS, start_too_slow, b);
}

static void
take_over(const char *id)
{
	struct box *b = box_new(id);

	home_read_life(id, &b->life);
	b->pid = home_pid(id);
	if (b->pid > 0 && group_has(id, b->pid) && watch_pid(b))
		return;
	died(b, -1);
}

int
box_open(struct loop *l, const struct conf *c, box_send_fn *send, struct err *e)
{
	static const struct launch_msg unasked = {.version = LAUNCH_VERSION,
	    .verb = LAUNCH_LIST};

	all.loop = l;
	all.conf = c;
	all.send = send;
	if (home_open(c, e) < 0 || home_each(take_over, e) < 0)
		return -1;
	verb_list(&unasked);
	return 0;
}
