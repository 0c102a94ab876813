/*
 * GET /download/{id}/{path}[?inline=1]
 * 200, 206 (Range) or 304 (If-None-Match) | 404 | 416
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/base/file.h"
#include "files.h"

static const struct type {
	const char *ext, *type;
	bool may_show;
} types[] = {
#define TYPE(ext, type, may_show) {#ext, type, may_show},
#include "type.def"
#undef TYPE
};

static struct type
type_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < COUNT(types); i++)
		if (strcasecmp(dot + 1, types[i].ext) == 0)
			return types[i];
	return (struct type){"", "application/octet-stream", false};
}

/* Whether an ETag is in a list of them, or the list is "*". */
static bool
is_listed(const char *list, const char *tag)
{
	size_t n = strlen(tag);

	while (list && *list) {
		list += strspn(list, ", \t");
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (*list == '*' || (strncmp(list, tag, n) == 0 && strchr(", \t", list[n])))
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

/* One number of a Range; false: it has none there. */
static bool
take_number(const char **at, int64_t *n)
{
	char digits[20];
	size_t len = strspn(*at, "0123456789"), zeros = strspn(*at, "0");
	uint64_t value;

	if (len == 0)
		return false;
	*at += len;
	if (zeros == len)
		zeros--;
	snprintf(digits, sizeof(digits), "%.*s", (int)(len - zeros < 19 ? len - zeros : 19),
	    *at - len + zeros);
	*n = len - zeros < 19 && num_u64(digits, INT64_MAX, &value) ? (int64_t)value : INT64_MAX;
	return true;
}

/* What of size bytes is wanted.  200: all, also where Range says what we do not do (several
 * ranges); 206: from at to end; 416. */
static int
take_range(const char *range, int64_t size, int64_t *at, int64_t *end)
{
	int64_t from = 0, to = INT64_MAX;
	bool has_from, has_to;

	*at = 0;
	*end = size;
	if (!range || strncasecmp(range, "bytes=", 6) != 0)
		return 200;
	range += 6;
	has_from = take_number(&range, &from);
	if (*range++ != '-')
		return 200;
	has_to = take_number(&range, &to);
	if (*range || (!has_from && !has_to) || (has_from && has_to && to < from))
		return 200;
	if (!has_from) {	/* the last `to` bytes */
		if (to == 0 || size == 0)
			return 416;
		*at = to < size ? size - to : 0;
		return 206;
	}
	if (from >= size)
		return 416;
	*at = from;
	*end = to < size - 1 ? to + 1 : size;
	return 206;
}

/* For people with plain ASCII names, and for all others. */
static void
put_disposition(struct req *r, const char *name, bool is_inline)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 4096);
	buf_fmt(&b, "%s; filename=\"", is_inline ? "inline" : "attachment");
	for (const char *p = name; *p; p++)
		buf_char(&b, (unsigned char)*p < 0x7f && !strchr("\"\\%", *p) ? *p : '_');
	buf_str(&b, "\"; filename*=UTF-8''");
	for (const char *p = name; *p; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *p))
			buf_char(&b, *p);
		else
			buf_fmt(&b, "%%%02X", (unsigned char)*p);
	reply_header(r, "Content-Disposition", b.at);
}

static void
put_date(struct req *r, const struct stat *st)
{
	struct tm tm;
	char text[64];

	if (gmtime_r(&st->st_mtim.tv_sec, &tm) && tm.tm_year >= 0 && tm.tm_year < 8000 &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0)
		reply_header(r, "Last-Modified", text);
}

static int
send(struct req *r, int *fd, const struct stat *st, struct err *e)
{
	const struct work *w = r->state;
	const char *slash = strrchr(w->path, '/'), *name = slash ? slash + 1 : w->path;
	const char *if_range = req_header(r, "HTTP_IF_RANGE"), *tag;
	struct type type = type_of(name);
	int64_t at, end, size = st->st_size;
	int status;

	tag = arena_fmt(&r->arena, "\"%llx-%llx-%llx%08lx\"", (unsigned long long)st->st_ino,
	    (unsigned long long)size, (unsigned long long)st->st_mtim.tv_sec,
	    (unsigned long)st->st_mtim.tv_nsec);
	reply_header(r, "ETag", tag);
	reply_header(r, "Cache-Control", "private, no-cache");
	put_date(r, st);
	if (is_listed(req_header(r, "HTTP_IF_NONE_MATCH"), tag))
		return reply_send(r, 304, NULL);
	status = take_range(if_range && strcmp(if_range, tag) != 0 ? NULL :
	    req_header(r, "HTTP_RANGE"), size, &at, &end);
	reply_header(r, "Accept-Ranges", "bytes");
	if (status == 416) {
		reply_header(r, "Content-Range", arena_fmt(&r->arena, "bytes */%lld",
		    (long long)size));
		return reply_send(r, 416, NULL);
	}
	if (status == 206)
		reply_header(r, "Content-Range", arena_fmt(&r->arena, "bytes %lld-%lld/%lld",
		    (long long)at, (long long)end - 1, (long long)size));
	put_disposition(r, name, w->is_set && type.may_show);
	/* Whatever a browser makes of it, it is a page without an origin, scripts or requests. */
	reply_header(r, "Content-Security-Policy",
	    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
	    "media-src 'self'; frame-ancestors 'self'");
	reply_header(r, "Cross-Origin-Opener-Policy", "unsafe-none");
	reply_header(r, "X-Frame-Options", "SAMEORIGIN");
	return files_send(r, KEEP_FD(*fd), status, type.type, at, end, e);
}

static int
go(struct req *r, int dir, struct err *e)
{
	const struct work *w = r->state;
	struct stat st;
	AUTO_FD int fd = beneath_file(dir, w->path, &st);

	return fd < 0 ? files_trouble("path", e) : send(r, &fd, &st, e);
}

static int
run(struct req *r, struct err *e)
{
	struct work *w = work_new(r, go, "path", r->part, false, e);

	if (!w)
		return -1;
	w->is_set = req_number(r, "inline", 0);
	return work_start(r, e);
}

const struct endpoint files_download = {
	.about = "Also while the notebook sleeps. Single ranges, ETag and If-None-Match are "
	    "understood. Links are not followed.",
	.fields = FIELDS({"inline", FIELD_NUMBER, false, false, 0, 1,
	    "1: to be shown, not saved, where it is a kind of file that can do no harm."}),
	.headers = FIELDS({"Range", FIELD_TEXT, false, false, 1, 200, "One range of bytes."},
	    {"If-None-Match", FIELD_TEXT, false, false, 1, 1000, "An ETag that is known already."}),
	.replies = REPLIES({200, "The file.", NULL, "application/octet-stream"},
	    {206, "The range.", NULL, "application/octet-stream"},
	    {304, "It is the one that is known.", NULL, NULL},
	    {416, "The file has no such range.", NULL, "application/octet-stream"}),
	.run = run,
};
