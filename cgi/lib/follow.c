#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/num.h"
#include "../../shared/wire/progress.h"
#include "follow.h"

#define PIECE_BYTES 8192	/* on the stack, so that streams leave no holes in the heap */
/* The writer commits to the store before it writes to the file; it gets this long. */
#define WRITER_MS 1500
#define SILENCE_MS 15000	/* then a comment, so that a client that has left is noticed */
#define DAY_MS 86400000LL

struct following {
	char id[ID_SIZE];
	int64_t offset;		/* in the progress file, behind what was sent */
	int64_t told_ms;	/* boot time of the last byte sent */
	int64_t ended_seen_ms;	/* boot time when it was first seen ended; 0: not yet */
	follow_outcome *outcome;
};

struct follow_mark
follow_mark(const struct req *r)
{
	const char *text = req_header(r, "HTTP_LAST_EVENT_ID");
	struct follow_mark m = {0};
	uint64_t offset;

	if (!text || !*text)
		text = req_text(r, "last_event_id");
	if (!text || strlen(text) < ID_LEN + 2 || text[ID_LEN] != '.')
		return m;
	memcpy(m.id, text, ID_LEN);
	text += ID_LEN + 1;
	while (text[0] == '0' && text[1])
		text++;
	if (!id_is_valid(m.id) || !num_u64(text, FOLLOW_STORE_OFFSET, &offset))
		m.id[0] = '\0';
	else
		m.offset = (int64_t)offset;
	return m;
}

bool
follow_is_over(const char *id, int64_t offset)
{
	struct stat st;
	struct err ignored;
	AUTO_FD int fd = -1;

	if (offset == FOLLOW_STORE_OFFSET)
		return true;
	fd = progress_open(id, &ignored);
	return fd >= 0 && fstat(fd, &st) == 0 && offset > 0 && offset >= st.st_size;
}

/* Bytes up to the end of the last whole event. */
static size_t
whole_events(const char *at, size_t n)
{
	while (n >= 2 && !(at[n - 1] == '\n' && at[n - 2] == '\n'))
		n--;
	return n >= 2 ? n : 0;
}

/* Sends what the progress file has beyond f->offset.  1: "done" was among it; 0: not, or
 * there is no file (yet); −1. */
static int
send_file(struct req *r, struct following *f, struct err *e)
{
	static const char done[] = "\nevent: done\n";
	AUTO_FD int fd = progress_open(f->id, e);
	AUTO_FREE char *larger = NULL;
	char first[PIECE_BYTES], *piece = first;
	size_t room = sizeof(first), n;
	bool is_done = false;

	if (fd < 0)
		return e->kind == ERR_MISSING ? 0 : -1;
	while (!is_done && !r->is_gone) {
		ssize_t got = pread(fd, piece, room, f->offset);

		if (got < 0)
			return err_sys(e, "read the progress of %s", f->id);
		n = whole_events(piece, (size_t)got);
		if (n == 0 && (size_t)got < room)
			return 0;
		if (n == 0) {
			/* One event larger than the piece. */
			room *= 2;
			piece = larger = mem_resize(larger, room);
			continue;
		}
		reply_piece(r, piece, n);
		is_done = memmem(piece, n, done, sizeof(done) - 1);
		f->offset += (int64_t)n;
		f->told_ms = clock_boot_ms();
	}
	return is_done;
}

void
follow_put(struct buf *b, const char id[ID_SIZE], int before, const char *event,
    struct buf *json)
{
	buf_fmt(b, "id: %s.%d\nevent: %s\ndata: %s\n\n", id, FOLLOW_STORE_OFFSET - before, event,
	    json->at);
	buf_reset(json);
}

/* 1: the outcome was sent; 0: it has not ended, or its file may still tell; −1. */
static int
send_outcome(struct req *r, struct following *f, struct err *e)
{
	int64_t ended_at = 0;
	int rc;

	buf_reset(&r->out);
	if (f->outcome(r, f->id, &ended_at, e) < 0)
		return e->kind == ERR_MISSING ? 1 : -1;
	if (ended_at && !f->ended_seen_ms)
		f->ended_seen_ms = clock_boot_ms();
	rc = ended_at && !(clock_wall_ms() - ended_at < WRITER_MS &&
	    clock_boot_ms() - f->ended_seen_ms < WRITER_MS);
	if (rc)
		reply_piece(r, r->out.at, r->out.len);
	buf_reset(&r->out);
	return rc;
}

/* Called by the bell, each second, and once when it was parked. */
static int
go_on(struct req *r, struct err *e)
{
	struct following *f = r->state;
	int rc = send_file(r, f, e);

	if (rc < 0)
		return -1;
	if (rc == 1 || r->is_gone || r->wait.is_stopping)
		return 0;
	rc = send_outcome(r, f, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (clock_boot_ms() - f->told_ms > SILENCE_MS) {
		reply_piece(r, ": still here\n\n", 14);
		f->told_ms = clock_boot_ms();
	}
	return r->is_gone ? 0 : req_wait_on(r);
}

int
follow_start(struct req *r, const char id[ID_SIZE], int64_t offset, follow_outcome *outcome)
{
	struct following *f;

	if (r->is_head)
		return reply_send(r, 200, "text/event-stream");
	f = req_state(r, sizeof(*f));
	memcpy(f->id, id, ID_SIZE);
	f->offset = offset;
	f->told_ms = clock_boot_ms();
	f->outcome = outcome;
	reply_stream(r, "text/event-stream");
	return req_wait(r, f->id, 365 * DAY_MS, go_on);
}
