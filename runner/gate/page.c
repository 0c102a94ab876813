#include <stdlib.h>
#include <string.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "field.h"
#include "page.h"

struct page_set {
	char *texts[3];		/* by page_kind; NULL: built in */
};

#define TOP "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">" \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
#define LOOK "<style>:root{color-scheme:light dark}body{margin:18vh auto 0;max-width:34rem;" \
	"padding:0 1.5rem;font:15px/1.5 system-ui,sans-serif;color:light-dark(#6b655a,#a39c8c);" \
	"background:light-dark(#faf8f3,#15140f)}h1{font:500 1.8rem/1.15 Georgia,serif;" \
	"color:light-dark(#1c1a16,#ece7db)}a{color:light-dark(#1c6a4f,#5fc39b)}</style>" \
	"</head><body><main>"
#define HOME "<p><a href=\"{{home}}\" target=\"_top\">Go to Carrel</a></p></main></body></html>\n"

static const char *const built_in[] = {
	[PAGE_PLAIN] = TOP "<title>{{title}}</title>" LOOK "<h1>{{title}}</h1><p>{{words}}</p>" HOME,
	[PAGE_WAITING] = TOP "<meta http-equiv=\"refresh\" content=\"1\">"
	    "<title>The app is waking up</title>" LOOK
	    "<h1>{{#title}}{{title}}{{/title}}{{^title}}This app{{/title}} is waking up</h1>"
	    "<p role=\"status\">{{#words}}{{words}}{{/words}}{{^words}}"
	    "This page opens it by itself in about a second.{{/words}}</p></main></body></html>\n",
	[PAGE_GONE] = TOP "<title>There is no app at this address</title>" LOOK
	    "<h1>There is no app at this address</h1><p>{{#words}}{{words}}{{/words}}{{^words}}"
	    "It may have been deleted, or the address was copied only in part. "
	    "Nothing else is affected.{{/words}}</p>" HOME,
};

static const char *const files[] = {
	[PAGE_PLAIN] = NULL, [PAGE_WAITING] = "waiting.html", [PAGE_GONE] = "gone.html",
};

struct page_set *
page_load(const char *folder)
{
	struct page_set *set = mem_new(sizeof(*set));

	for (size_t i = 0; i < COUNT(files); i++) {
		AUTO_BUF struct buf path, text;
		struct err e;

		buf_init(&path, 4096);
		buf_init(&text, PAGE_BYTES_MAX / 2);
		if (!files[i])
			continue;
		buf_fmt(&path, "%s/%s", folder, files[i]);
		if (file_read(path.at, &text, &e) == 0)
			set->texts[i] = buf_take(&text);
		else
			log_info("%s: the page that is built in is used", e.text);
	}
	return set;
}

void
page_set_free(struct page_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < COUNT(set->texts); i++)
		free(set->texts[i]);
	free(set);
}

static void
add_html(struct buf *to, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			buf_str(to, "&lt;");
			break;
		case '>':
			buf_str(to, "&gt;");
			break;
		case '&':
			buf_str(to, "&amp;");
			break;
		case '"':
			buf_str(to, "&quot;");
			break;
		case '\'':
			buf_str(to, "&#39;");
			break;
		default:
			buf_char(to, *s);
		}
	}
}

static void
add_json(struct buf *to, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_fmt(to, "\\%c", c);
		else if (c < 0x20)
			buf_fmt(to, "\\u%04x", c);
		else
			buf_char(to, *s);
	}
}

static const char *
value_of(const char *const *values, const char *name, size_t n)
{
	for (; *values; values += 2)
		if (strlen(*values) == n && memcmp(*values, name, n) == 0)
			return values[1];
	return NULL;
}

void
page_fill(const char *s, const char *const *values, struct buf *to)
{
	const char *open, *close;
	int hidden = 0;		/* depth below the first section that is not shown */

	for (; (open = strstr(s, "{{")) && (close = strstr(open, "}}")); s = close + 2) {
		char sigil = open[2];
		bool is_plain = !strchr("#^/", sigil) || !sigil;
		const char *name = open + (is_plain ? 2 : 3);
		const char *value = name <= close ?
		    value_of(values, name, (size_t)(close - name)) : NULL;

		if (!hidden)
			buf_add(to, s, (size_t)(open - s));
		if (is_plain && !hidden && value)
			add_html(to, value);
		else if (sigil == '/' && hidden)
			hidden--;
		else if (!is_plain && sigil != '/' && (hidden || (sigil == '#') == !value))
			hidden++;
	}
	if (!hidden)
		buf_str(to, s);
}

static const char *
reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} all[] = {
		{400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"}, {414, "URI Too Long"},
		{421, "Misdirected Request"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].status == status)
			return all[i].reason;
	return "Error";
}

static void
add_page(const struct page_set *set, const struct site *site, const struct answer *a,
    struct buf *to)
{
	const char *values[] = {"title", a->title, "words", a->words, "home", site->control, NULL};

	page_fill(set->texts[a->kind] ? set->texts[a->kind] : built_in[a->kind], values, to);
}

void
page_answer(const struct page_set *set, const struct site *site, const struct ask *ask,
    const struct answer *a, struct buf *to)
{
	AUTO_BUF struct buf body;
	char request[ID_SIZE];

	id_new(request);
	buf_init(&body, PAGE_BYTES_MAX);
	if (ask->is_page) {
		add_page(set, site, a, &body);
	} else {
		buf_str(&body, "{\"detail\":\"");
		add_json(&body, a->words ? a->words : a->kind == PAGE_GONE ?
		    "There is no app at this address." : "The app is waking up.");
		buf_fmt(&body, "\",\"request_id\":\"%s\"}\n", request);
	}
	buf_fmt(to, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nX-Request-Id: %s\r\n", a->status, reason_of(a->status),
	    ask->is_page ? "text/html; charset=utf-8" : "application/json", body.len, request);
	if (a->status == 405)
		buf_str(to, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
	if (a->retry_after_secs)
		buf_fmt(to, "Retry-After: %d\r\n", a->retry_after_secs);
	field_safety(to);
	buf_fmt(to, "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'self' %s\r\n"
	    "Connection: close\r\n\r\n", site->control);
	if (!ask->is_head)
		buf_add(to, body.at, body.len);
}
