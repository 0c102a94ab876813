/*
 * Volumes: mounted while somebody works with the files of a notebook that sleeps, unmounted
 * a while later; and what is to be removed from the disk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/golden.h"
#include "../../shared/wire/launch.h"
#include "../../shared/wire/mounts.h"
#include "keep.h"

#define KEEP_MS 60000		/* after it was wanted last */
#define SEE_EVERY_MS 5000
#define REPAIRS "so it was ended; opening it repairs its disk."
#define DISK_FAILED "Its disk stopped working, " REPAIRS
#define DISK_FULL "There was no room on the machine's disk for what it wrote, " REPAIRS
#define ASK_AGAIN_MS 5000	/* a question may be lost with an old launch */

/* What is, or was, mounted without a sandbox. */
static struct volume {
	struct volume *next;
	char id[ID_SIZE];
	bool is_mounted;
	int64_t asked_ms;	/* boot time of the question under way; 0: none */
} *volumes;

static struct volume *
find(const char *id)
{
	struct volume *v = volumes;

	while (v && strcmp(v->id, id) != 0)
		v = v->next;
	return v;
}

static struct volume *
remember(const char *id)
{
	struct volume *v = mem_new(sizeof(*v));

	memcpy(v->id, id, ID_SIZE);
	v->next = volumes;
	volumes = v;
	return v;
}

static void
forget(struct volume *v)
{
	struct volume **at = &volumes;

	while (*at != v)
		at = &(*at)->next;
	*at = v->next;
	free(v);
}

static bool
is_under_way(const struct volume *v)
{
	return v->asked_ms && clock_boot_ms() - v->asked_ms < ASK_AGAIN_MS;
}

/* With a sandbox it is mounted anyway; noted all the same, to be unmounted afterwards. */
void
volume_consider(struct keep *k, const char *id)
{
	struct volume *v = find(id);
	struct arena a = {0};
	struct notebook n;

	if (notebook_get(k->db, id, &a, &n, NULL) < 0 ||
	    (!box_find(k, id) && clock_wall_ms() - n.volume_wanted_at > KEEP_MS)) {
		arena_free(&a);
		return;
	}
	if (!v)
		v = remember(id);
	if (!v->is_mounted && !is_under_way(v) && !box_find(k, id)) {
		v->asked_ms = clock_boot_ms();
		launcher_mount(k, id, n.disk_mb, n.disk_files);
	}
	arena_free(&a);
}

void
volume_mounted(struct keep *k, const struct launch_msg *m)
{
	struct volume *v = find(m->id);

	(void)k;
	if (m->result < 0)
		log_error("volume of %s: %s (%d)", m->id, m->text, -m->result);
	if (!v)
		return;
	v->asked_ms = 0;
	v->is_mounted = m->result == 0;
	bell_ring(NULL, m->id);
}

void
volume_unmounted(struct keep *k, const struct launch_msg *m)
{
	struct volume *v = find(m->id);

	(void)k;
	if (v && m->result == 0)
		forget(v);
	else if (v)
		v->asked_ms = 0;	/* somebody is in it still */
}

void
volume_erased(struct keep *k, const struct launch_msg *m)
{
	struct volume *v = find(m->id);
	struct err e;

	if (m->result < 0) {
		log_warn("%s is not erased: %s", m->id, m->text);
		return;		/* and asked again */
	}
	if (v && !m->image[0])
		forget(v);
	if (db_begin(k->db, &e) < 0 || erasure_done(k->db, m->id, m->image, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("erasure of %s: %s", m->id, e.text);
	}
}

/* Those in the line that still have a sandbox wait until it is gone. */
static void
erase_some(struct keep *k)
{
	struct erasure rows[ERASURES_AT_ONCE];
	int n = erasure_list(k->db, rows, NULL);

	for (int i = 0; i < n; i++)
		if (rows[i].image[0] || !box_find(k, rows[i].workspace))
			launcher_erase(k, rows[i].workspace, rows[i].image);
}

static void
fail_disk(struct keep *k, struct box *b)
{
	const char *reason = room_for(0) ? DISK_FAILED : DISK_FULL;
	char notice[400];
	struct err e;

	log_error("%s: its file system has failed", b->id);
	snprintf(notice, sizeof(notice), "%s Its variables are gone, and what it wrote in the last "
	    "seconds may be missing.", reason);
	if (db_begin(k->db, &e) < 0 || notebook_set_notice(k->db, b->id, notice, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("%s: %s", b->id, e.text);
	}
	box_stop(k, b, "failed", reason);
}

/* What the kernel says is mounted: found again by a keep that was killed; and what failed. */
static void
see_mount(const char *name, bool is_broken, void *arg)
{
	struct keep *k = arg;
	struct volume *v = find(name);
	struct box *b;

	if (!id_is_valid(name) || golden_is(name))
		return;
	if (!v)
		v = remember(name);
	v->is_mounted = !is_broken;	/* a broken one is mounted anew when it is wanted */
	b = box_find(k, name);
	if (is_broken && b && b->phase == BOX_UP)
		fail_disk(k, b);
}

static void
see_mounts(struct keep *k)
{
	static int64_t seen_ms;

	if (clock_boot_ms() - seen_ms < SEE_EVERY_MS || !k->is_listed)
		return;
	seen_ms = clock_boot_ms();
	mounts_each("/run/carrel/vol", see_mount, k);
}

void
volume_tick(struct keep *k)
{
	int64_t since = clock_wall_ms() - KEEP_MS;
	struct arena a = {0};
	char (*ids)[ID_SIZE];
	int n = notebook_volumes(k->db, since, &a, &ids, NULL);

	see_mounts(k);
	for (int i = 0; i < n; i++)
		volume_consider(k, ids[i]);
	for (struct volume *v = volumes; v; v = v->next) {
		struct notebook nb;

		if (box_find(k, v->id) || is_under_way(v))
			continue;
		if (notebook_get(k->db, v->id, &a, &nb, NULL) == 0 &&
		    nb.volume_wanted_at > since)
			continue;
		v->asked_ms = clock_boot_ms();
		launcher_unmount(k, v->id);
	}
	erase_some(k);
	arena_free(&a);
}
