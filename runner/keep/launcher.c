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
#include "../../shared/wire/launch.h"
#include "keep.h"

#define TEMPLATE "vite"
#define LIST_EVERY_MS 5000

static uint64_t list_tag;
static struct {
	char id[ID_SIZE];
	uint32_t epoch;
} listed[4096];
static size_t listed_count;

static void
ask(struct keep *k, struct launch_msg *m)
{
	m->version = LAUNCH_VERSION;
	if (send(k->launch_fd, m, sizeof(*m), MSG_DONTWAIT | MSG_NOSIGNAL) != sizeof(*m))
		log_error("launch cannot be asked: %s", strerror(errno));
}

void
launcher_create(struct keep *k, const struct box *b)
{
	struct launch_msg m = {.verb = LAUNCH_CREATE, .tag = b->epoch, .epoch = b->epoch,
	    .memory_mb = (uint32_t)k->conf.sandbox_memory,
	    .cpu_percent = (uint32_t)k->conf.sandbox_cpu,
	    .pids = (uint32_t)k->conf.sandbox_pids};

	memcpy(m.id, b->id, ID_LEN);
	snprintf(m.template_name, sizeof(m.template_name), TEMPLATE);
	ask(k, &m);
}

void
launcher_kill(struct keep *k, const char *id)
{
	struct launch_msg m = {.verb = LAUNCH_KILL};

	memcpy(m.id, id, ID_LEN);
	ask(k, &m);
}

void
launcher_list(struct keep *k)
{
	struct launch_msg m = {.verb = LAUNCH_LIST, .tag = ++list_tag};

	listed_count = 0;
	ask(k, &m);
}

static void
created(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);

	if (!b || b->epoch != m->tag || b->phase != BOX_ASKED)
		return;
	if (m->result < 0) {
		log_error("sandbox %s: %s (%s)", m->id, m->text, strerror(-m->result));
		box_ended(k, b, "failed", "It could not be started; the machine's log says why.", 0);
		return;
	}
	log_debug("sandbox %s runs, %lld ms after it was asked for", b->id,
	    (long long)(clock_boot_ms() - b->phase_ms));
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
	if (m->why == LAUNCH_WHY_MEMORY)
		snprintf(reason, sizeof(reason), "It ran out of memory: %llu of %u MB.",
		    (unsigned long long)(m->memory_peak_bytes >> 20), m->memory_mb);
	else if (m->why == LAUNCH_WHY_PIDS)
		snprintf(reason, sizeof(reason), "It started more processes than it may (%lld).",
		    (long long)k->conf.sandbox_pids);
	else
		snprintf(reason, sizeof(reason), "Its sandbox ended unexpectedly.");
	log_warn("sandbox %s died: %s %s", m->id, reason, m->text);
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

/* What exists and what keep knows, made equal both ways. */
static void
reconcile(struct keep *k)
{
	struct box *b, *next;

	for (b = k->boxes; b; b = next) {
		next = b->next;
		if (is_listed(b->id))
			continue;
		if (b->phase == BOX_ASKED && clock_boot_ms() - b->phase_ms < LIST_EVERY_MS * 2)
			continue;	/* the question may have been lost with an old launch */
		box_ended(k, b, b->phase == BOX_KILLING ? b->stop_state : "failed",
		    b->phase == BOX_KILLING ? b->stop_reason : "Its sandbox ended unexpectedly.", 0);
	}
	for (size_t i = 0; i < listed_count; i++)
		if (!box_find(k, listed[i].id))
			box_adopt(k, listed[i].id, listed[i].epoch);
	if (!k->is_listed) {
		k->is_listed = true;
		decide_all(k);
	}
}

static void
heard_list(struct keep *k, const struct launch_msg *m)
{
	if (m->tag != list_tag)
		return;
	if (!m->id[0]) {
		reconcile(k);
	} else if (listed_count < sizeof(listed) / sizeof(listed[0])) {
		memcpy(listed[listed_count].id, m->id, ID_SIZE);
		listed[listed_count++].epoch = m->epoch;
	}
}

static void
hear(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct keep *k = arg;
	struct launch_msg m;
	ssize_t n;

	(void)l, (void)events;
	while ((n = recv(fd, &m, sizeof(m), MSG_DONTWAIT)) > 0) {
		if (n != sizeof(m) || m.version != LAUNCH_VERSION) {
			log_error("launch speaks another version");
			continue;
		}
		m.id[ID_LEN] = m.text[sizeof(m.text) - 1] = '\0';
		switch (m.verb) {
		case LAUNCH_CREATE: created(k, &m); break;
		case LAUNCH_KILL: killed(k, &m); break;
		case LAUNCH_DIED: died(k, &m); break;
		case LAUNCH_LIST: heard_list(k, &m); break;
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
