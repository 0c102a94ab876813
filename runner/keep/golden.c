#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/version.h"
#include "../../shared/wire/golden.h"
#include "../../shared/wire/launch.h"
#include "golden.h"

#define FIND_EVERY_MS 60000	/* what is installed may change while we run */
#define ASK_AGAIN_MS 5000
#define QUIET_MS 3000		/* nothing else was started for so long */
#define REST_MS 20000		/* V8 gives a third of its memory back within 15 s of idling */
#define PATIENCE_MS 90000	/* for any one step */
#define PAUSE_MS 60000		/* after a failure; doubled each time */
#define PAUSES_MAX 6
#define FREE_MB 1536		/* or it would take what others need */
#define DISK_MB 64
#define DISK_FILES 4096

enum golden_step {
	GOLDEN_UNKNOWN,
	GOLDEN_MISSING,
	GOLDEN_ERASING,		/* what was there before */
	GOLDEN_ASKED,		/* launch was asked to create it */
	GOLDEN_BOOTING,
	GOLDEN_RESTING,		/* it is ready, and does nothing any more */
	GOLDEN_HOLDING,
	GOLDEN_SAVING,
	GOLDEN_KILLING,		/* something went wrong */
	GOLDEN_READY,
};

/* The files of a notebook that is nobody's: none, so that the workload starts. */
static const struct source no_files;

static struct golden {
	const char *template_name;
	char id[ID_SIZE];
	enum golden_step step;
	int64_t step_ms;	/* boot time at which it began */
	int64_t asked_ms;	/* boot time of the last FIND; 0: none */
	int64_t not_before_ms;	/* boot time */
	unsigned failures;
	char image[ID_SIZE];	/* READY, or being saved */
	struct box box;		/* for its link; in no list */
} goldens[] = {{.template_name = "vite"}, {.template_name = "marimo"}};

static struct golden *
find(const char *id)
{
	for (size_t i = 0; i < COUNT(goldens); i++)
		if (strcmp(goldens[i].id, id) == 0)
			return &goldens[i];
	return NULL;
}

static struct golden *
of_template(const char *template_name)
{
	char id[ID_SIZE];

	golden_id(template_name, id);
	return find(id);
}

static void
go(struct golden *g, enum golden_step step)
{
	g->step = step;
	g->step_ms = clock_boot_ms();
}

static void
drop_link(struct golden *g)
{
	link_close(g->box.link);
	g->box.link = NULL;
}

/* The first failure may be of that one alone; when they go on, a pause saves the others' time. */
static void
pause_after_failure(struct golden *g)
{
	unsigned doubled = g->failures < PAUSES_MAX ? g->failures : PAUSES_MAX;

	g->not_before_ms = g->failures ? clock_boot_ms() + ((int64_t)PAUSE_MS << doubled) : 0;
	g->failures++;
}

/* Ends what there is of it; made again, perhaps after a pause. */
static void
give_up(struct keep *k, struct golden *g, const char *words)
{
	log_warn("the golden sandbox %s was not made: %s", g->template_name, words);
	pause_after_failure(g);
	drop_link(g);
	launcher_kill(k, g->id);
	go(g, GOLDEN_KILLING);
}

static void
ask_find(struct keep *k, struct golden *g)
{
	g->asked_ms = clock_boot_ms();
	launcher_find(k, g->id, g->template_name);
}

void
golden_start(struct keep *k)
{
	for (size_t i = 0; i < COUNT(goldens); i++) {
		golden_id(goldens[i].template_name, goldens[i].id);
		memcpy(goldens[i].box.id, goldens[i].id, ID_SIZE);
		goldens[i].box.golden = &goldens[i];
		goldens[i].box.is_notebook = strcmp(goldens[i].template_name, "marimo") == 0;
		tier_make(&k->conf, "own", NULL, !goldens[i].box.is_notebook,
		    &goldens[i].box.share.tier);
		if (k->conf.golden)
			ask_find(k, &goldens[i]);
	}
}

bool
golden_image(struct keep *k, const char *template_name, char image[ID_SIZE])
{
	struct golden *g = of_template(template_name);

	if (!k->conf.golden || g->step != GOLDEN_READY)
		return false;
	memcpy(image, g->image, ID_SIZE);
	return true;
}

void
golden_failed(struct keep *k, const char *template_name, const char *image, const char *words)
{
	struct golden *g = of_template(template_name);

	log_error("no clone came of the golden sandbox %s, so sandboxes start from nothing for now: "
	    "%s", template_name, words);
	if (g->step != GOLDEN_READY || strcmp(g->image, image) != 0)
		return;
	pause_after_failure(g);
	launcher_erase(k, g->id, image);
	go(g, GOLDEN_MISSING);
}

void
golden_worked(const char *template_name)
{
	of_template(template_name)->failures = 0;
}

static void
found(struct golden *g, const struct launch_msg *m)
{
	bool is_idle = g->step == GOLDEN_UNKNOWN || g->step == GOLDEN_READY;

	if (!is_idle || m->result == -EBUSY)
		return;		/* asked again in a while */
	if (m->result < 0) {
		log_info("there is no golden sandbox %s that fits: %s", g->template_name, m->text);
		go(g, GOLDEN_MISSING);
		return;
	}
	if (g->step == GOLDEN_UNKNOWN)
		log_info("golden sandbox %s: %s", g->template_name, m->image);
	memcpy(g->image, m->image, ID_SIZE);
	go(g, GOLDEN_READY);
}

static void
create(struct keep *k, struct golden *g)
{
	launcher_create_golden(k, &g->box, g->box.is_notebook ? DISK_MB : 0, DISK_FILES);
	g->box.phase = BOX_ASKED;
	go(g, GOLDEN_ASKED);
}

static void
created(struct keep *k, struct golden *g, const struct launch_msg *m)
{
	if (g->step != GOLDEN_ASKED)
		return;
	if (m->result < 0) {
		give_up(k, g, m->text);
		return;
	}
	g->box.phase = BOX_BOOTING;
	go(g, GOLDEN_BOOTING);
	g->box.link = link_open(k, &g->box);
}

void
golden_state(struct keep *k, struct box *b, uint32_t state)
{
	struct golden *g = b->golden;

	(void)k;
	/* A notebook's workload is started by its first files. */
	if (b->is_notebook && state == GUEST_STARTING && !b->applying && !b->applied) {
		b->applying = 1;
		link_apply(b->link, &no_files);
	}
	if (state == GUEST_READY && g->step == GOLDEN_BOOTING)
		go(g, GOLDEN_RESTING);
	else if (state != GUEST_READY && g->step == GOLDEN_RESTING)
		go(g, GOLDEN_BOOTING);
}

void
golden_applied(struct keep *k, struct box *b)
{
	(void)k;
	b->applied = b->applying;
	b->applying = 0;
}

void
golden_held(struct keep *k, struct box *b)
{
	struct golden *g = b->golden;

	drop_link(g);
	id_new(g->image);
	memcpy(b->image, g->image, ID_SIZE);
	b->is_snapshot = false;
	launcher_save(k, b);
	go(g, GOLDEN_SAVING);
}

static void
saved(struct keep *k, struct golden *g, const struct launch_msg *m)
{
	if (g->step != GOLDEN_SAVING || strcmp(g->image, m->image) != 0)
		return;
	if (m->result < 0) {
		give_up(k, g, m->text);
		return;
	}
	log_info("golden sandbox %s: %s, %llu MB", g->template_name, g->image,
	    (unsigned long long)m->disk_bytes >> 20);
	if (g->box.is_notebook)
		launcher_unmount(k, g->id);
	go(g, GOLDEN_READY);
}

static void
erased(struct keep *k, struct golden *g, const struct launch_msg *m)
{
	if (g->step != GOLDEN_ERASING || m->image[0])
		return;
	if (m->result < 0)
		give_up(k, g, m->text);
	else
		create(k, g);
}

static void
died(struct keep *k, struct golden *g, const struct launch_msg *m)
{
	if (g->step >= GOLDEN_ASKED && g->step <= GOLDEN_SAVING)
		give_up(k, g, m->text);
}

void
golden_heard(struct keep *k, const struct launch_msg *m)
{
	struct golden *g = find(m->id);

	if (!g)
		return;
	switch (m->verb) {
	case LAUNCH_FIND: found(g, m); break;
	case LAUNCH_ERASE: erased(k, g, m); break;
	case LAUNCH_CREATE: created(k, g, m); break;
	case LAUNCH_SAVE: saved(k, g, m); break;
	case LAUNCH_DIED: died(k, g, m); break;
	case LAUNCH_KILL:
		if (g->step == GOLDEN_KILLING)
			go(g, GOLDEN_MISSING);
		break;
	default: break;
	}
}

/* One that an earlier keep made is of no use: how far it came, nobody knows. */
void
golden_listed(struct keep *k, const char *id)
{
	struct golden *g = find(id);

	if (g->step < GOLDEN_ASKED || g->step > GOLDEN_KILLING)
		launcher_kill(k, id);
}

void
golden_launch_restarted(struct keep *k)
{
	for (size_t i = 0; i < COUNT(goldens); i++) {
		struct golden *g = &goldens[i];

		if (g->step >= GOLDEN_ERASING && g->step <= GOLDEN_KILLING) {
			drop_link(g);
			launcher_kill(k, g->id);
			go(g, GOLDEN_KILLING);
		}
	}
}

/* The machine has nothing else to start, and memory for this. */
static bool
is_quiet(struct keep *k)
{
	for (size_t i = 0; i < COUNT(goldens); i++)
		if (goldens[i].step > GOLDEN_MISSING && goldens[i].step < GOLDEN_READY)
			return false;
	for (const struct box *b = k->boxes; b; b = b->next)
		if (b->phase == BOX_ASKED || b->phase == BOX_BOOTING)
			return false;
	return k->is_listed && !k->line.waiting && !rest_is_on() &&
	    drain_get(k->db, NULL, NULL) != 1 &&
	    clock_boot_ms() - k->started_ms > QUIET_MS && mem_available_mb() > FREE_MB;
}

static void
look(struct keep *k, struct golden *g)
{
	int64_t now = clock_boot_ms(), ms = now - g->step_ms;
	int64_t find_ms = g->step == GOLDEN_READY ? FIND_EVERY_MS : ASK_AGAIN_MS;

	if (g->step == GOLDEN_UNKNOWN || g->step == GOLDEN_READY) {
		if (now - g->asked_ms > find_ms)
			ask_find(k, g);
	} else if (g->step == GOLDEN_MISSING) {
		if (now < g->not_before_ms || !is_quiet(k))
			return;
		launcher_erase(k, g->id, "");
		go(g, GOLDEN_ERASING);
	} else if (g->step == GOLDEN_RESTING && ms > REST_MS && link_is_ready(g->box.link)) {
		g->box.phase = BOX_HOLDING;
		link_hold(g->box.link);
		go(g, GOLDEN_HOLDING);
	} else if (g->step == GOLDEN_KILLING && ms > ASK_AGAIN_MS) {
		launcher_kill(k, g->id);
		go(g, GOLDEN_KILLING);
	} else if (ms > PATIENCE_MS) {
		give_up(k, g, "it took too long");
	}
}

void
golden_tick(struct keep *k)
{
	for (size_t i = 0; k->conf.golden && i < COUNT(goldens); i++)
		look(k, &goldens[i]);
}
