/*
 * Room on the disk: a reserve is held, and let go of when the disk is full, so that the
 * store can finish what it was at.  It is taken again, and everything goes on, when there
 * is room.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/room.h"
#include "keep.h"

#define VAR "/run/carrel/var"
#define RESERVE VAR "/reserve"
#define FULL_BYTES (16LL << 20)		/* less than that is full */
#define AGAIN_BYTES (48LL << 20)	/* beside the reserve: so that it does not flutter */

#define TRY_MS 20000		/* how often a write is tried where all seems well */

static enum room state;

static int64_t
free_bytes(void)
{
	struct statvfs v;

	if (statvfs(VAR, &v) < 0)
		return INT64_MAX;	/* nothing is known; then nothing is claimed */
	return (int64_t)(v.f_bavail * v.f_frsize);
}

/* A file system that turned read-only by itself need not say so: ext4 does not, from Linux
 * 6.12 on.  One has to try. */
static bool
is_readonly(void)
{
	static int64_t tried_ms;
	int64_t now = clock_boot_ms();

	if (state != ROOM_READONLY && tried_ms && now - tried_ms < TRY_MS)
		return false;
	tried_ms = now;
	return utimensat(AT_FDCWD, VAR, NULL, 0) < 0 && errno == EROFS;
}

static bool
has_reserve(int64_t bytes)
{
	struct stat st;

	return stat(RESERVE, &st) == 0 && st.st_size >= bytes;
}

static bool
take_reserve(int64_t bytes)
{
	AUTO_FD int fd = open(RESERVE, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && fallocate(fd, 0, 0, bytes) == 0)
		return true;
	if (errno == EOPNOTSUPP)
		return true;	/* not with this file system; then without */
	unlink(RESERVE);
	return false;
}

static enum room
look(int64_t reserve)
{
	int64_t bytes = free_bytes();

	if (is_readonly())
		return ROOM_READONLY;
	if (bytes < FULL_BYTES) {
		unlink(RESERVE);
		return ROOM_NONE;
	}
	if (!reserve || has_reserve(reserve))
		return ROOM_PLENTY;
	if (bytes >= reserve + AGAIN_BYTES && take_reserve(reserve))
		return ROOM_PLENTY;
	return ROOM_NONE;
}

void
room_tick(struct keep *k)
{
	enum room now = look(k->conf.reserve << 20);

	if (now != state)
		log_warn("%s", now == ROOM_PLENTY ? "there is room on the disk again" : room_words(now));
	state = now;
	room_tell(now);
}

bool
room_for(int64_t bytes)
{
	return state != ROOM_READONLY && free_bytes() > bytes + FULL_BYTES;
}
