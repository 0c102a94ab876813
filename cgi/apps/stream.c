#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/wire/progress.h"
#include "events.h"

#define PIECE_BYTES 8192	/* on the stack, so that streams leave no holes in the heap */
/* The writer commits to the store before it writes to the file; it gets this long. */
#define WRITER_MS 1500

bool
events_is_over(const struct job *j, int64_t offset)
{
	struct stat st;
	struct err ignored;
	AUTO_FD int fd = -1;

	if (!j->ended_at)
		return false;
	fd = progress_open(j->id, &ignored);
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

int
events_send_file(struct req *r, struct following *f, struct err *e)
{
	static const char done[] = "\nevent: done\n";
	AUTO_FD int fd = progress_open(f->job, e);
	AUTO_FREE char *larger = NULL;
	char first[PIECE_BYTES], *piece = first;
	size_t room = sizeof(first), n;
	bool is_done = false;

	if (fd < 0)
		return e->kind == ERR_MISSING ? 0 : -1;
	while (!is_done && !r->is_gone) {
		ssize_t got = pread(fd, piece, room, f->offset);

		if (got < 0)
			return err_sys(e, "read the progress of %s", f->job);
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

static void
put_event(struct buf *b, const struct following *f, int64_t offset, const char *event,
    struct buf *json)
{
	buf_fmt(b, "id: %s.%lld\nevent: %s\ndata: %s\n\n", f->job, (long long)offset, event,
	    json->at);
	buf_reset(json);
}

static void
put_version(struct buf *b, const struct following *f, const struct job *j, int64_t offset,
    struct buf *json)
{
	json_open(json, '{');
	json_put_int(json, "version", j->version);
	json_put_text(json, "summary", j->summary ? j->summary : j->prompt);
	json_close(json, '}');
	put_event(b, f, offset, "version", json);
}

/* j->verdict is the judge's JSON, {"ok":false,"error":{…}}. */
static void
put_failure(struct buf *b, const struct following *f, const struct job *j, int64_t offset,
    struct buf *json)
{
	if (j->verdict && j->error_kind && strcmp(j->error_kind, "compile") == 0 &&
	    !strchr(j->verdict, '\n')) {
		buf_str(json, j->verdict);
		put_event(b, f, offset - 2, "verdict", json);
	}
	json_open(json, '{');
	json_put_text(json, "detail", j->error_text ? j->error_text : "It failed.");
	if (j->retry_after)
		json_put_int(json, "retry_after", j->retry_after);
	json_close(json, '}');
	put_event(b, f, offset - 1, "error", json);
}

int
events_send_outcome(struct req *r, struct following *f, int64_t offset, struct err *e)
{
	AUTO_BUF struct buf json = {0};
	struct buf *b = &r->out;
	const char *status = "ok";
	struct job j;

	buf_init(&json, 1u << 20);
	if (job_get(r->db, f->job, &r->arena, &j, e) < 0)
		return e->kind == ERR_MISSING ? 1 : -1;
	if (!j.ended_at)
		return 0;
	if (!f->ended_seen_ms)
		f->ended_seen_ms = clock_boot_ms();
	if (clock_wall_ms() - j.ended_at < WRITER_MS &&
	    clock_boot_ms() - f->ended_seen_ms < WRITER_MS)
		return 0;
	if (strcmp(j.state, "done") == 0) {
		put_version(b, f, &j, offset - 1, &json);
	} else {
		status = strcmp(j.state, "cancelled") == 0 ? "cancelled" : "error";
		if (strcmp(status, "error") == 0)
			put_failure(b, f, &j, offset, &json);
	}
	json_open(&json, '{');
	json_put_text(&json, "status", status);
	json_close(&json, '}');
	put_event(b, f, offset, "done", &json);
	reply_piece(r, b->at, b->len);
	buf_reset(b);
	return 1;
}
