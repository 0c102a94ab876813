#include <string.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "field.h"
#include "page.h"

#define TOP "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">" \
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
#define LOOK "<style>:root{color-scheme:light dark}body{margin:18vh auto 0;" \
	"max-width:34rem;padding:0 1.5rem;font:15px/1.5 system-ui,sans-serif;" \
	"color:light-dark(#6b655a,#a39c8c);" \
	"background:light-dark(#faf8f3,#15140f)}h1{font:500 1.8rem/1.15 Georgia,serif;" \
	"color:light-dark(#1c1a16,#ece7db)}a{color:light-dark(#1c6a4f,#5fc39b)}</style>" \
	"</head><body><main>"
#define HOME "<p><a href=\"{{home}}\" target=\"_top\">Go to Carrel</a></p>" END
#define END "</main></body></html>\n"

static const char *const built_in[] = {
	[PAGE_PLAIN] = TOP "<title>{{title}}</title>" LOOK
	    "<h1>{{title}}</h1><p>{{words}}</p>" HOME,
	[PAGE_WAITING] = TOP "<meta http-equiv=\"refresh\" content=\"1\">"
	    "<title>The app is waking up</title>" LOOK
	    "<h1>{{#title}}{{title}}{{/title}}{{^title}}This app{{/title}} is waking up"
	    "</h1><p role=\"status\">{{#words}}{{words}}{{/words}}{{^words}}"
	    "This page opens it by itself in about a second.{{/words}}</p>" END,
	[PAGE_GONE] = TOP "<title>There is no app at this address</title>" LOOK
	    "<h1>There is no app at this address</h1>"
	    "<p>{{#words}}{{words}}{{/words}}{{^words}}"
	    "It may have been deleted, or the address was copied only in part. "
	    "Nothing else is affected.{{/words}}</p>" HOME,
};

static const char *const names[] = {
	[PAGE_PLAIN] = "plain", [PAGE_WAITING] = "waiting", [PAGE_GONE] = "gone",
};

static bool
add_file(struct template_set *set, const char *folder, const char *name)
{
	AUTO_BUF struct buf path = {0}, text = {0};
	struct err e;

	buf_init(&path, 4096);
	buf_init(&text, PAGE_BYTES_MAX / 2);
	buf_fmt(&path, "%s/%s.html", folder, name);
	if (file_read(path.at, &text, &e) == 0 &&
	    template_add(set, name, text.at, text.len, &e) == 0)
		return true;
	log_info("%s: the page that is built in is used", e.text);
	return false;
}

struct template_set *
page_load(const char *folder)
{
	struct template_set *set = template_new();
	struct err e;

	for (size_t i = 0; i < COUNT(names); i++)
		if ((i == PAGE_PLAIN || !add_file(set, folder, names[i])) &&
		    template_add(set, names[i], built_in[i], strlen(built_in[i]), &e) < 0)
			BUG("built-in page %s: %s", names[i], e.text);
	return set;
}

static const char *
reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} all[] = {
		{400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"},
		{421, "Misdirected Request"}, {431, "Request Header Fields Too Large"},
		{501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].status == status)
			return all[i].reason;
	return "Error";
}

static void
add_page(const struct template_set *set, const struct site *site, const struct answer *a,
    struct buf *to)
{
	AUTO_JSON cJSON *values = cJSON_CreateObject();
	struct err e;

	if (a->title)
		cJSON_AddStringToObject(values, "title", a->title);
	if (a->words)
		cJSON_AddStringToObject(values, "words", a->words);
	cJSON_AddStringToObject(values, "home", site->control);
	if (template_render(set, names[a->kind], values, to, &e) < 0)
		log_error("page %s: %s", names[a->kind], e.text);
}

static void
add_detail(const struct answer *a, const char *request, struct buf *to)
{
	json_open(to, '{');
	json_put_text(to, "detail", a->words ? a->words : a->kind == PAGE_GONE ?
	    "There is no app at this address." : "The app is waking up.");
	json_put_text(to, "request_id", request);
	json_close(to, '}');
}

void
page_answer(const struct template_set *set, const struct site *site,
    const struct ask *ask, const struct answer *a, struct buf *to)
{
	AUTO_BUF struct buf body = {0};
	char request[ID_SIZE];

	id_new(request);
	buf_init(&body, PAGE_BYTES_MAX);
	if (ask->is_page)
		add_page(set, site, a, &body);
	else
		add_detail(a, request, &body);
	buf_fmt(to, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nX-Request-Id: %s\r\n", a->status,
	    reason_of(a->status), ask->is_page ? "text/html; charset=utf-8" :
	    "application/json", body.len, request);
	if (a->status == 405)
		buf_str(to, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
	if (a->retry_after_secs)
		buf_fmt(to, "Retry-After: %d\r\n", a->retry_after_secs);
	field_safety(to);
	buf_fmt(to, "Content-Security-Policy: default-src 'none'; "
	    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'self' %s\r\n"
	    "Connection: close\r\n\r\n", site->control);
	if (!ask->is_head)
		buf_add(to, body.at, body.len);
}
