/*
 * A file as the body of a reply.  No thread waits for who reads it: while there is no room
 * the request is parked, and one whose reader takes nothing for a minute is dropped (with
 * Range he can go on later).
 */
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "files.h"

#define PIECE_BYTES 32768	/* as conn_has_room says */
#define TURN_BYTES (8 << 20)	/* then it is somebody else's turn */
#define STALL_MS 60000
#define DAY_MS 86400000LL

static int go_on(struct req *r, struct err *e);

static int
wait_for_room(struct req *r)
{
	const struct sending *s = &((struct work *)r->state)->sending;

	if (clock_boot_ms() - s->moved_ms > STALL_MS || r->wait.is_stopping) {
		r->is_gone = true;
		return 0;
	}
	req_watch(r, conn_fd(r->conn), true);
	return req_wait(r, r->id, DAY_MS, go_on);
}

static int
go_on(struct req *r, struct err *e)
{
	struct sending *s = &((struct work *)r->state)->sending;
	bool is_cgi = conn_fd(r->conn) < 0;
	char piece[PIECE_BYTES];
	int64_t sent = 0;

	(void)e;
	while (s->at < s->end) {
		int64_t left = s->end - s->at;
		ssize_t n;

		if (!is_cgi && (sent >= TURN_BYTES || !conn_has_room(r->conn)))
			return wait_for_room(r);
		n = pread(s->fd, piece, left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, s->at);
		if (n <= 0) {	/* the notebook has cut it meanwhile */
			log_warn("a file ended early while it was sent");
			r->is_gone = true;
			return 0;
		}
		if (!conn_write(r->conn, piece, (size_t)n)) {
			r->is_gone = true;
			return 0;
		}
		s->at += n;
		sent += n;
		s->moved_ms = clock_boot_ms();
	}
	return 0;
}

int
files_send(struct req *r, int fd, int status, const char *type, int64_t at, int64_t end,
    struct err *e)
{
	struct sending *s = &((struct work *)r->state)->sending;

	*s = (struct sending){fd, at, end, clock_boot_ms()};
	reply_begin(r, status, type, end - at);
	return r->is_head || r->is_gone ? 0 : go_on(r, e);
}
