/*
 * Volumes.  keep has launch mount one while its sandbox runs, and for a minute after it was
 * wanted; so whoever needs it says so anew every now and then.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/access.h"
#include "../../shared/wire/bell.h"
#include "files.h"

#define VOLUMES "/run/carrel/vol"
#define WANT_AGAIN_MS 20000
#define NOTE_BYTES (64 << 10)	/* smaller changes are not noted by who only looks */

int
volume_open(const char *id)
{
	char path[sizeof(VOLUMES) + ID_SIZE + 8];

	snprintf(path, sizeof(path), VOLUMES "/%s/work", id);
	return open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
set_wanted(struct req *r, void *arg, struct err *e)
{
	return notebook_set_volume_wanted(r->db, r->id, *(int64_t *)arg, e);
}

int
volume_want(struct req *r, struct err *e)
{
	int64_t now = clock_wall_ms();
	struct notebook n;

	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0)
		return -1;
	if (now >= n.volume_wanted_at && now - n.volume_wanted_at < WANT_AGAIN_MS)
		return 0;
	if (req_transaction(r, set_wanted, &now, e) < 0)
		return -1;
	bell_ring(NULL, r->id);
	return 0;
}

struct noting {
	const char *verb;
	int64_t bytes;
};

static int
note(struct req *r, void *arg, struct err *e)
{
	const struct noting *n = arg;

	if (notebook_set_disk(r->db, r->id, n->bytes, e) < 0)
		return -1;
	return n->verb ? event_add(r->db, r->caller, n->verb, r->id, r->request_id,
	    clock_wall_ms(), e) : 0;
}

int
volume_note(struct req *r, int dir, const char *verb, struct err *e)
{
	struct noting now = {.verb = verb};
	struct notebook n;
	struct statvfs v;

	if (fstatvfs(dir, &v) < 0)
		return err_sys(e, "ask for the room on a volume");
	now.bytes = (int64_t)(v.f_blocks - v.f_bfree) * (int64_t)v.f_frsize;
	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0)
		return -1;
	if (!verb && now.bytes - n.disk_bytes < NOTE_BYTES && n.disk_bytes - now.bytes < NOTE_BYTES)
		return 0;
	return req_transaction(r, note, &now, e);
}
