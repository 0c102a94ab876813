/*
 * Talking to launch.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/rule/shot.h"
#include "../../shared/store/notebook.h"
#include "../../shared/wire/golden.h"
#include "../../shared/wire/launch.h"
#include "golden.h"

#define LIST_EVERY_MS 5000
#define OOM_ENDS_MS 5000
#define HALF_MADE "A part of Carrel was restarted while this was being started."
#define SHOT_MB 512		/* 260 measured, with the browser's files that the kernel keeps */
#define SHOT_PIDS 256		/* 65 measured */
#define GOLDEN_PIDS 1024	/* a clone can lower what its processes may have, not raise it */

static uint64_t list_tag;
static struct {
	char id[ID_SIZE];
	uint32_t epoch, memory_mb;
} listed[4096];
static size_t listed_count;

static void
ask(struct keep *k, const char *id, struct launch_msg *m)
{
	m->version = LAUNCH_VERSION;
	memcpy(m->id, id, strlen(id));
	if (send(k->launch_fd, m, sizeof(*m), MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof(*m))
		log_error("launch cannot be asked: %s", strerror(errno));
}

/* A CREATE with the limits of its tier. */
static struct launch_msg
create_msg(const struct box *b)
{
	struct launch_msg m = {.verb = LAUNCH_CREATE, .tag = b->epoch, .epoch = b->epoch,
	    .memory_mb = (uint32_t)b->share.tier.memory_mb,
	    .cpu_percent = (uint32_t)b->share.tier.cpu_percent,
	    .pids = (uint32_t)b->share.tier.pids};

	snprintf(m.template_name, sizeof(m.template_name), "%s", box_template(b));
	return m;
}

void
launcher_create(struct keep *k, const struct box *b, const struct notebook *n)
{
	struct launch_msg m = create_msg(b);

	memcpy(m.image, b->image, ID_LEN);
	if (b->is_clone)
		golden_id(m.template_name, m.from);
	if (n) {
		m.disk_mb = (uint32_t)n->disk_mb;
		m.disk_files = (uint32_t)n->disk_files;
		m.flags = n->disk_bytes ? LAUNCH_FLAG_HAS_VOLUME : 0;
	}
	meter_begin(k, b->id, b->epoch, m.memory_mb);
	ask(k, b->id, &m);
}

void
launcher_create_golden(struct keep *k, const struct box *b, uint32_t disk_mb,
    uint32_t disk_files)
{
	struct launch_msg m = create_msg(b);

	m.disk_mb = disk_mb;
	m.disk_files = disk_files;
	m.pids = GOLDEN_PIDS;
	ask(k, b->id, &m);
}

void
launcher_create_shot(struct keep *k, const char *workspace, int64_t version)
{
	struct launch_msg m = {.verb = LAUNCH_CREATE, .tag = (uint64_t)version,
	    .epoch = (uint32_t)version, .memory_mb = SHOT_MB, .cpu_percent = 100,
	    .pids = SHOT_PIDS, .template_name = SHOT_TEMPLATE};

	memcpy(m.from, workspace, ID_LEN);
	ask(k, SHOT_ID, &m);
}

void
launcher_find(struct keep *k, const char *id, const char *template_name)
{
	struct launch_msg m = {.verb = LAUNCH_FIND};

	snprintf(m.template_name, sizeof(m.template_name), "%s", template_name);
	ask(k, id, &m);
}

void
launcher_kill(struct keep *k, const char *id)
{
	ask(k, id, &(struct launch_msg){.verb = LAUNCH_KILL});
}

void
launcher_save(struct keep *k, const struct box *b)
{
	struct launch_msg m = {.verb = LAUNCH_SAVE, .tag = b->epoch, .epoch = b->epoch,
	    .flags = b->is_snapshot ? LAUNCH_FLAG_KEEP_RUNNING : 0};

	memcpy(m.image, b->image, ID_LEN);
	ask(k, b->id, &m);
}

void
launcher_stat(struct keep *k, const struct box *b)
{
	ask(k, b->id, &(struct launch_msg){.verb = LAUNCH_STAT, .tag = b->epoch});
}

void
launcher_mount(struct keep *k, const char *id, int64_t disk_mb, int64_t disk_files)
{
	ask(k, id, &(struct launch_msg){.verb = LAUNCH_MOUNT, .disk_mb = (uint32_t)disk_mb,
	    .disk_files = (uint32_t)disk_files});
}

void
launcher_unmount(struct keep *k, const char *id)
{
	ask(k, id, &(struct launch_msg){.verb = LAUNCH_UNMOUNT});
}

void
launcher_erase(struct keep *k, const char *id, const char *image)
{
	struct launch_msg m = {.verb = image[0] ? LAUNCH_DROP : LAUNCH_ERASE};

	memcpy(m.image, image, strlen(image));
	ask(k, id, &m);
}

void
launcher_list(struct keep *k)
{
	listed_count = 0;
	ask(k, "", &(struct launch_msg){.verb = LAUNCH_LIST, .tag = ++list_tag});
}

static void
created(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);

	if (!b || b->epoch != m->tag || b->phase != BOX_ASKED)
		return;
	if (m->result < 0) {
		log_error("sandbox %s: %s (%s)", m->id, m->text, strerror(-m->result));
		if (m->result == -ENODATA && b->is_notebook && !b->golden) {
			notebook_files_lost(k, b);
			return;
		}
		if (b->is_clone) {
			golden_failed(k, box_template(b), b->image, m->text);
			box_start_cold(k, b);
			return;
		}
		if (b->image[0]) {
			notebook_not_restored(k, b, m->text);
			return;
		}
		box_ended(k, b, "failed", "It could not be started; the machine's log says why.", 0);
		return;
	}
	log_debug("sandbox %s runs, %lld ms after it was asked for%s", b->id,
	    (long long)(clock_boot_ms() - b->phase_ms), b->is_clone ? ", as a clone" : "");
	b->phase = BOX_BOOTING;
	b->phase_ms = clock_boot_ms();
	b->link = link_open(k, b);
}

static void
killed(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);

	if (b && b->phase == BOX_KILLING)
		box_ended(k, b, b->stop_state, b->stop_reason, (int64_t)m->memory_peak_bytes);
}

static void
died(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);
	char reason[300];

	if (!b || b->epoch != m->epoch)
		return;
	if (b->phase == BOX_KILLING) {
		box_ended(k, b, b->stop_state, b->stop_reason, (int64_t)m->memory_peak_bytes);
		return;
	}
	if (b->phase == BOX_ASKED) {
		b->is_anew = true;
		box_ended(k, b, "absent", HALF_MADE, 0);
		return;
	}
	if (notebook_died_saving(k, b, (int64_t)m->memory_peak_bytes))
		return;
	/* The word that memory ran out may come before the end that it caused. */
	if (m->why == LAUNCH_WHY_MEMORY ||
	    (b->oom_ms && clock_boot_ms() - b->oom_ms < OOM_ENDS_MS))
		notebook_memory_words(m->memory_peak_bytes, m->memory_mb, reason, sizeof(reason));
	else if (m->why == LAUNCH_WHY_PIDS)
		snprintf(reason, sizeof(reason), "It started more processes than it may (%lld).",
		    (long long)b->share.tier.pids);
	else
		snprintf(reason, sizeof(reason), "Its sandbox ended unexpectedly.");
	log_warn("sandbox %s died: %s %s", m->id, reason, m->text);
	if (b->is_notebook)
		notebook_died(k, b, reason);
	box_ended(k, b, "failed", reason, (int64_t)m->memory_peak_bytes);
}

static bool
is_listed(const char *id)
{
	for (size_t i = 0; i < listed_count; i++)
		if (strcmp(listed[i].id, id) == 0)
			return true;
	return false;
}

/* Launch was killed and started again: what it was making is not to be had any more.  That is
 * no failure of the sandbox's own, which people should read of and which rests: it is made
 * anew at once.  The kill also undoes a question that launch reads only now. */
static void
make_anew(struct keep *k)
{
	for (struct box *b = k->boxes; b; b = b->next) {
		if (b->phase != BOX_ASKED)
			continue;
		b->is_anew = true;
		box_stop(k, b, "absent", HALF_MADE);
	}
}

/* What exists and what keep knows, made equal both ways. */
static void
reconcile(struct keep *k)
{
	struct box *b, *next;

	for (b = k->boxes; b; b = next) {
		next = b->next;
		if (is_listed(b->id)) {
			b->is_missed = false;
			continue;
		}
		if (b->phase == BOX_ASKED && clock_boot_ms() - b->phase_ms < LIST_EVERY_MS * 2)
			continue;	/* the question may have been lost with an old launch */
		if (!b->is_missed) {	/* launch lists none whose end it is about to tell */
			b->is_missed = true;
			continue;
		}
		log_warn("sandbox %s, in phase %d, is not there any more", b->id, b->phase);
		if (b->is_notebook && b->phase != BOX_KILLING)
			notebook_died(k, b, "Its sandbox ended unexpectedly.");
		box_ended(k, b, b->phase == BOX_KILLING ? b->stop_state : "failed",
		    b->phase == BOX_KILLING ? b->stop_reason : "Its sandbox ended unexpectedly.", 0);
	}
	for (size_t i = 0; i < listed_count; i++)
		if (golden_is(listed[i].id)) {
			golden_listed(k, listed[i].id);
		} else if (strcmp(listed[i].id, SHOT_ID) == 0) {
			shot_listed(k);
		} else if (!box_find(k, listed[i].id)) {
			meter_begin(k, listed[i].id, listed[i].epoch, listed[i].memory_mb);
			box_adopt(k, listed[i].id, listed[i].epoch);
		}
	if (!k->is_listed) {
		k->is_listed = true;
		decide_all(k);
	}
}

static void
heard_list(struct keep *k, const struct launch_msg *m)
{
	if (m->tag == 0 && !m->id[0]) {
		notebook_launch_restarted(k);
		make_anew(k);
		golden_launch_restarted(k);
		shot_launch_restarted(k);
	}
	if (m->tag != list_tag)
		return;
	if (!m->id[0]) {
		reconcile(k);
	} else if (listed_count < sizeof(listed) / sizeof(listed[0])) {
		memcpy(listed[listed_count].id, m->id, ID_SIZE);
		listed[listed_count].memory_mb = m->memory_mb;
		listed[listed_count++].epoch = m->epoch;
	}
}

static void
hear(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct keep *k = arg;
	struct launch_msg m;
	const struct box *b;
	ssize_t n;

	(void)l, (void)events;
	while ((n = recv(fd, &m, sizeof(m), MSG_DONTWAIT)) > 0) {
		if (n != sizeof(m) || m.version != LAUNCH_VERSION) {
			log_error("launch speaks another version");
			continue;
		}
		m.id[ID_LEN] = m.image[ID_LEN] = m.text[sizeof(m.text) - 1] = '\0';
		if (golden_is(m.id) && m.verb != LAUNCH_LIST) {
			golden_heard(k, &m);
			continue;
		}
		if (strcmp(m.id, SHOT_ID) == 0 && m.verb != LAUNCH_LIST) {
			shot_heard(k, &m);
			continue;
		}
		b = box_find(k, m.id);
		LOG_ABOUT(m.id, b ? b->request : "");
		meter_figures(k, &m);
		switch (m.verb) {
		case LAUNCH_CREATE: created(k, &m); break;
		case LAUNCH_KILL: killed(k, &m); break;
		case LAUNCH_DIED: died(k, &m); break;
		case LAUNCH_LIST: heard_list(k, &m); break;
		case LAUNCH_STAT: notebook_figures(k, &m); break;
		case LAUNCH_SAVE: notebook_saved(k, &m); break;
		case LAUNCH_OOM: notebook_oom(k, &m); break;
		case LAUNCH_MOUNT: volume_mounted(k, &m); break;
		case LAUNCH_UNMOUNT: volume_unmounted(k, &m); break;
		case LAUNCH_DROP:
		case LAUNCH_ERASE: volume_erased(k, &m); break;
		default: break;
		}
	}
}

static void
list_again(struct loop *l, void *arg)
{
	launcher_list(arg);
	loop_timer(l, LIST_EVERY_MS, list_again, arg);
}

void
launcher_start(struct keep *k)
{
	loop_watch(k->loop, k->launch_fd, EPOLLIN, hear, k);
	list_again(k->loop, k);
}
