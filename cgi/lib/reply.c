#include <string.h>
#include <strings.h>

#include "../../shared/base/log.h"
#include "reply.h"

static const struct {
	const char *name, *value;
} fixed[] = {
	{"X-Content-Type-Options", "nosniff"},
	/* Not no-referrer: with it browsers send "Origin: null" from our own forms. */
	{"Referrer-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
};

void
reply_header(struct req *r, const char *name, const char *value)
{
	buf_str(&r->headers, name);
	buf_str(&r->headers, ": ");
	for (; *value; value++)
		if ((unsigned char)*value >= 0x20 && *value != 0x7f)
			buf_char(&r->headers, *value);
	buf_str(&r->headers, "\r\n");
}

/* Whether the endpoint gave this header itself. */
static bool
has_header(const struct req *r, const char *name)
{
	const char *at = r->headers.at, *end = at + r->headers.len, *stop;
	size_t n = strlen(name);

	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		if (strncasecmp(at, name, n) == 0 && at[n] == ':')
			return true;
	}
	return false;
}

static void
add_head(struct req *r, struct buf *head, int status, const char *type)
{
	bool is_page = type && strncmp(type, "text/html", 9) == 0;

	buf_fmt(head, "Status: %d\r\nX-Request-Id: %s\r\n", status, r->request_id);
	if (type)
		buf_fmt(head, "Content-Type: %s\r\n", type);
	for (size_t i = 0; i < COUNT(fixed); i++)
		if (!has_header(r, fixed[i].name))
			buf_fmt(head, "%s: %s\r\n", fixed[i].name, fixed[i].value);
	if (!has_header(r, "X-Frame-Options"))
		buf_fmt(head, "X-Frame-Options: %s\r\n",
		    r->may_be_framed ? "SAMEORIGIN" : "DENY");
	if (!has_header(r, "Content-Security-Policy") && is_page)
		buf_fmt(head, "Content-Security-Policy: %s\r\n", r->site->page_policy);
	else if (!has_header(r, "Content-Security-Policy"))
		buf_fmt(head, "Content-Security-Policy: default-src 'none'; frame-ancestors '%s'\r\n",
		    r->may_be_framed ? "self" : "none");
	if (!has_header(r, "Cache-Control"))
		buf_str(head, "Cache-Control: no-store\r\n");
	buf_add(head, r->headers.at, r->headers.len);
	r->status = status;
	r->has_replied = true;
}

int
reply_send(struct req *r, int status, const char *type)
{
	AUTO_BUF struct buf head = {0};
	struct err e;

	if (r->has_replied)
		BUG("%s replied twice", r->path);
	if (r->out.is_over) {
		err_set(&e, ERR_INTERNAL, "the reply is too large");
		reply_error(r, &e);
		return 0;
	}
	buf_init(&head, 64u << 10);
	add_head(r, &head, status, type);
	if (status != 204)
		buf_fmt(&head, "Content-Length: %zu\r\n", r->out.len);
	buf_str(&head, "\r\n");
	r->is_gone = !conn_write(r->conn, head.at, head.len) ||
	    (!r->is_head && !conn_write(r->conn, r->out.at, r->out.len));
	return 0;
}

int
reply_json(struct req *r, int status)
{
	return reply_send(r, status, "application/json");
}

/* "//host" would lead away; so would "/\host", and what becomes one of them once a browser
 * has left out the control characters. */
static bool
is_own_path(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return path[0] == '/' && path[1] != '/' && path[1] != '\\';
}

int
reply_see_other(struct req *r, const char *path)
{
	reply_header(r, "Location", is_own_path(path) ? path : "/");
	buf_reset(&r->out);
	return reply_send(r, 303, NULL);
}

bool
reply_is_redirect(const struct req *r)
{
	return r->is_form && req_prefers_html(r);
}

bool
reply_is_about_notebook(const struct req *r)
{
	static const char *const starts[] = {"/workspaces", "/open/", "/notebook", "/upload/",
	    "/download/"};

	for (size_t i = 0; r->route && i < COUNT(starts); i++)
		if (strncmp(r->route->path, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* The path of the page the form stood on, if it was one of ours; else that of what the
 * request is about. */
static const char *
page_before(struct req *r)
{
	const char *referer = req_header(r, "HTTP_REFERER");

	for (int i = 0; referer && i < r->site->names; i++) {
		size_t n = strlen(r->site->origins[i]);

		if (strncmp(referer, r->site->origins[i], n) == 0 && referer[n] == '/')
			return referer + n;
	}
	if (!r->id[0])
		return "/";
	return arena_fmt(&r->arena, reply_is_about_notebook(r) ? "/notebook/%s" : "/app/%s", r->id);
}

int
reply_result(struct req *r, int status, const char *page)
{
	if (reply_is_redirect(r))
		return reply_see_other(r, page ? page : page_before(r));
	return reply_json(r, status);
}

/* bytes: of the body; −1: not known. */
static void
begin(struct req *r, int status, const char *type, int64_t bytes, int patience_secs)
{
	AUTO_BUF struct buf head = {0};

	buf_init(&head, 64u << 10);
	add_head(r, &head, status, type);
	if (bytes >= 0)
		buf_fmt(&head, "Content-Length: %lld\r\n", (long long)bytes);
	buf_str(&head, "\r\n");
	r->is_streaming = true;
	conn_drop_slow_reader(r->conn, patience_secs);
	r->is_gone = !conn_write(r->conn, head.at, head.len) ||
	    (bytes < 0 && !conn_flush(r->conn));
}

void
reply_stream(struct req *r, const char *type)
{
	reply_header(r, "X-Accel-Buffering", "no");
	begin(r, 200, type, -1, 2);
}

void
reply_document(struct req *r, const char *type)
{
	begin(r, 200, type, -1, 20);
}

void
reply_begin(struct req *r, int status, const char *type, int64_t bytes)
{
	begin(r, status, type, bytes, 2);
}

void
reply_piece(struct req *r, const void *bytes, size_t n)
{
	if (!r->is_gone)
		r->is_gone = !conn_write(r->conn, bytes, n) || !conn_flush(r->conn);
}
