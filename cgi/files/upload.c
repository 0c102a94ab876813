/*
 * POST /upload/{id}, multipart/form-data: folder?, file…
 * 200 {"status":"uploaded","path","paths"?} | 404 | 409 | 415 | 503 | 504 | 507
 *
 * The body is read as it comes, so an upload holds its thread.  Hence there are fewer at once
 * than threads, and one that hardly moves is cut off.
 */
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/statvfs.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/text/multipart_stream.h"
#include "upload.h"

#define UPLOADS_MAX 10		/* of 16 threads, see cgi/lib/main.c */
#define LOOK_MS 25		/* between two looks at a volume that is not there yet */
#define PACE_MS 60000		/* in this time … */
#define PACE_BYTES (64 << 10)	/* … at least so much must come */
#define WANT_MS 15000		/* between two words that the volume is in use */

struct upload {
	struct req *r;
	struct multipart_stream form;
	struct arrivals arrivals;
	const char *folder;		/* "data/", or "" */
	int64_t pace_at_ms, pace_bytes, wanted_at_ms;
	bool is_slow;
};

static size_t
read_body(void *arg, char *to, size_t n)
{
	struct upload *u = arg;
	size_t got = conn_read_some(u->r->conn, to, n);
	int64_t now = clock_boot_ms();
	struct err ignored;

	u->pace_bytes += (int64_t)got;
	if (now - u->pace_at_ms > PACE_MS) {
		u->is_slow = u->pace_bytes < PACE_BYTES;
		u->pace_at_ms = now;
		u->pace_bytes = 0;
	}
	if (now - u->wanted_at_ms > WANT_MS) {
		u->wanted_at_ms = now;
		volume_want(u->r, &ignored);
	}
	return u->is_slow ? 0 : got;
}

/* The folder for the files behind it. */
static int
take_folder(struct upload *u, const struct multipart_part *p, struct err *e)
{
	char text[PATH_BYTES + 2];
	const char *bytes;
	size_t len = 0;
	ssize_t n;

	if (p->file_name || u->arrivals.count || *u->folder)
		return err_field(e, ERR_INPUT, "folder",
		    "The field folder is a text, given once and before the files.");
	while ((n = multipart_stream_piece(&u->form, &bytes, e)) > 0) {
		if (len + (size_t)n > PATH_BYTES)
			return err_field(e, ERR_INPUT, "folder", "The field folder is longer than "
			    "%d bytes.", PATH_BYTES);
		memcpy(text + len, bytes, (size_t)n);
		len += (size_t)n;
	}
	if (n < 0)
		return -1;
	if (memchr(text, '\0', len))
		return err_field(e, ERR_INPUT, "folder", "The field folder is not valid text.");
	while (len > 0 && text[len - 1] == '/')
		len--;
	text[len] = '\0';
	if (len == 0)
		return 0;
	if (work_check("folder", text, e) < 0)
		return -1;
	u->folder = arena_fmt(&u->r->arena, "%s/", text);
	return 0;
}

/* Browsers write a quotation mark within a name as %22. */
static const char *
path_of(struct upload *u, const char *given)
{
	char *path = arena_fmt(&u->r->arena, "%s%s", u->folder, given), *to = path;

	for (const char *p = path; *p; p++) {
		bool is_quote = strncmp(p, "%22", 3) == 0;

		*to++ = is_quote ? '"' : *p;
		p += is_quote ? 2 : 0;
	}
	*to = '\0';
	return path;
}

/* A form whose file was not chosen has an empty one without a name. */
static int
take_nothing(struct upload *u, struct err *e)
{
	const char *bytes;
	ssize_t n = multipart_stream_piece(&u->form, &bytes, e);

	return n > 0 ? err_field(e, ERR_INPUT, "file", "A file has no name.") : (int)n;
}

static int
take_file(struct upload *u, const struct multipart_part *p, struct err *e)
{
	const char *path, *bytes;
	ssize_t n;
	int fd;

	if (!p->file_name)
		return err_field(e, ERR_INPUT, "file", "The field file must be a file.");
	if (!*p->file_name)
		return take_nothing(u, e);
	path = path_of(u, p->file_name);
	if (work_check("file", path, e) < 0 || (fd = arrival_open(&u->arrivals, path, e)) < 0)
		return -1;
	while ((n = multipart_stream_piece(&u->form, &bytes, e)) > 0)
		if (file_write_all(fd, bytes, (size_t)n, e) < 0)
			return e->sys ? files_trouble("file", e) : -1;
	return n < 0 ? -1 : arrival_keep(&u->arrivals, e);
}

static int
take_parts(struct upload *u, struct err *e)
{
	struct multipart_part p;
	int rc;

	while ((rc = multipart_stream_next(&u->form, &u->r->arena, &p, e)) == 1) {
		if (strcmp(p.name, "folder") == 0)
			rc = take_folder(u, &p, e);
		else if (strcmp(p.name, "file") == 0)
			rc = take_file(u, &p, e);
		else
			rc = err_field(e, ERR_INPUT, p.name, "There is no field %.40s here.", p.name);
		if (rc < 0)
			return -1;
	}
	if (rc == 0 && u->arrivals.count == 0)
		return err_field(e, ERR_INPUT, "file", "No file was chosen.");
	return rc;
}

static int
reply(struct upload *u)
{
	struct req *r = u->r;
	const struct arrivals *a = &u->arrivals;

	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "uploaded");
	json_put_text(&r->out, "path", a->list[0].path);
	if (a->count > 1) {
		json_key(&r->out, "paths");
		json_open(&r->out, '[');
		for (int i = 0; i < a->count; i++)
			json_text(&r->out, a->list[i].path);
		json_close(&r->out, ']');
	}
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/notebook/%s", r->id));
}

static int
take(struct upload *u, struct err *e)
{
	int rc = take_parts(u, e);

	if (rc < 0 && u->is_slow)
		return err_set(e, ERR_TIMEOUT, "The upload hardly moved any more and was stopped.");
	if (rc < 0 || arrivals_publish(&u->arrivals, e) < 0 ||
	    volume_note(u->r, u->arrivals.dir, "upload", e) < 0)
		return -1;
	return reply(u);
}

/* What is announced must fit; nothing need be announced. */
static int
check_room(const struct req *r, int dir, struct err *e)
{
	const char *length = req_header(r, "CONTENT_LENGTH");
	uint64_t announced = 0;
	struct statvfs v;

	if (length && *length && !num_u64(length, INT64_MAX, &announced))
		return err_set(e, ERR_INPUT, "The Content-Length is no number.");
	if (fstatvfs(dir, &v) < 0)
		return err_sys(e, "ask for the room on a volume");
	if (announced > (uint64_t)v.f_bavail * v.f_frsize)
		return err_field(e, ERR_FULL, "file", "This is more than the %lld MB that the "
		    "notebook's disk has left.", (long long)(v.f_bavail * v.f_frsize >> 20));
	return 0;
}

static int
wait_for_volume(struct req *r, struct err *e)
{
	int64_t end = clock_boot_ms() + FILES_WAIT_MS;
	int dir;

	if (volume_want(r, e) < 0)
		return -1;
	while ((dir = volume_open(r->id)) < 0 && clock_boot_ms() < end)
		poll(NULL, 0, LOOK_MS);
	if (dir < 0)
		return err_set(e, ERR_BUSY,
		    "The files of this notebook cannot be had at the moment; try again.");
	return dir;
}

static int
receive(struct req *r, struct err *e)
{
	struct upload u = {.r = r, .folder = "", .pace_at_ms = clock_boot_ms(),
	    .wanted_at_ms = clock_boot_ms()};
	AUTO_FD int dir = wait_for_volume(r, e);
	int rc;

	if (dir < 0 || check_room(r, dir, e) < 0)
		return -1;
	u.arrivals = (struct arrivals){.dir = dir,
	    .list = arena_new(&r->arena, ARRIVALS_MAX * sizeof(*u.arrivals.list))};
	rc = multipart_stream_open(&u.form, req_header(r, "CONTENT_TYPE"), read_body, &u,
	    &r->arena, e);
	if (rc == 0)
		rc = take(&u, e);
	multipart_stream_close(&u.form);
	arrivals_close(&u.arrivals);
	return rc;
}

static int
run(struct req *r, struct err *e)
{
	static _Atomic int running;
	const char *type = req_header(r, "CONTENT_TYPE");
	struct notebook n;
	int rc;

	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0)
		return -1;
	if (!type || strncasecmp(type, "multipart/form-data", 19) != 0 || !strchr("; \t", type[19]))
		return err_set(e, ERR_TYPE, "Files are sent as multipart/form-data.");
	if (atomic_fetch_add(&running, 1) < UPLOADS_MAX)
		rc = receive(r, e);
	else
		rc = err_set(e, ERR_BUSY, "Many uploads are running; try again in a moment.");
	atomic_fetch_sub(&running, 1);
	return rc;
}

const struct endpoint files_upload = {
	.about = "Also while the notebook sleeps. A file arrives whole or not at all, in place of "
	    "one of the same name. Its name may hold folders, which are made where they are "
	    "missing. The field file may be given several times.",
	.fields = FIELDS({"file", FIELD_FILE, true, false, 0, 0, "The file."},
	    {"folder", FIELD_TEXT, false, false, 0, PATH_BYTES,
	     "The folder for all files, if any; before them."}),
	.replies = REPLIES({200, "It is there. Where there are several, paths has them all.",
	    "{\"status\":\"uploaded\",\"path\":\"data.csv\"}\n"
	    "{\"status\":\"uploaded\",\"path\":\"a.csv\",\"paths\":[\"a.csv\",\"data/b.csv\"]}", NULL},
	    {409, "There is a folder of this name.", NULL, NULL},
	    {504, "The upload hardly moved any more and was stopped.", NULL, NULL},
	    {507, "The notebook's disk is full; nothing was left behind.", NULL, NULL}),
	.run = run,
};
