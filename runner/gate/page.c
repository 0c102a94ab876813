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
	[PAGE_WAITING] = TOP "<meta http-equiv=\"refresh\" content=\"{{refresh}}\">"
	    "<title>The {{noun}} is waking up</title>" LOOK
	    "<h1>{{#title}}{{title}}{{/title}}{{^title}}This {{noun}}{{/title}} is waking up"
	    "</h1><p role=\"status\">{{#words}}{{words}} "
	    "This page opens it by itself.{{/words}}{{^words}}"
	    "This page opens it by itself in about a second.{{/words}}</p>" END,
	[PAGE_GONE] = TOP "<title>There is no app at this address</title>" LOOK
	    "<h1>There is no app at this address</h1>"
	    "<p>{{#words}}{{words}}{{/words}}{{^words}}"
	    "It may have been deleted, or the address was copied only in part. "
	    "Nothing else is affected.{{/words}}</p>" HOME,
	[PAGE_ADMIT] = TOP "<title>This notebook is private</title>" LOOK
	    "<h1>This notebook is private</h1>"
	    "<p>{{#words}}{{words}}{{/words}}{{^words}}"
	    "Open it from Carrel or with the link you were given, or enter the token of "
	    "that link.{{/words}}</p>"
	    "<form method=\"get\"><p><label for=\"token\">Token</label> "
	    "<input id=\"token\" name=\"access_token\" type=\"password\" required "
	    "maxlength=\"52\" autocomplete=\"off\"> <button>Open</button></p></form>" HOME,
};

static const char *const names[] = {
	[PAGE_PLAIN] = "plain", [PAGE_WAITING] = "waiting", [PAGE_GONE] = "gone",
	[PAGE_ADMIT] = "admit",
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
		{303, "See Other"}, {400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"},
		{421, "Misdirected Request"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].status == status)
			return all[i].reason;
	return "Error";
}

/* words with the right noun in place of {app}. */
static void
add_words(const char *words, const char *noun, struct buf *to)
{
	const char *mark;

	while ((mark = strstr(words, "{app}"))) {
		buf_add(to, words, (size_t)(mark - words));
		buf_str(to, noun);
		words = mark + strlen("{app}");
	}
	buf_str(to, words);
}

static void
set_words(cJSON *values, const char *name, const char *words, const char *noun)
{
	AUTO_BUF struct buf text = {0};

	if (!words)
		return;
	buf_init(&text, PAGE_BYTES_MAX);
	add_words(words, noun, &text);
	cJSON_AddStringToObject(values, name, text.at);
}

static void
add_page(const struct template_set *set, const struct site *site, const struct answer *a,
    const char *noun, struct buf *to)
{
	AUTO_JSON cJSON *values = cJSON_CreateObject();
	struct err e;

	if (a->title && a->kind == PAGE_WAITING)
		cJSON_AddStringToObject(values, "title", a->title);
	else
		set_words(values, "title", a->title, noun);
	set_words(values, "words", a->words, noun);
	cJSON_AddStringToObject(values, "noun", noun);
	cJSON_AddNumberToObject(values, "refresh", a->retry_after_secs);
	cJSON_AddStringToObject(values, "home", site->control);
	if (template_render(set, names[a->kind], values, to, &e) < 0)
		log_error("page %s: %s", names[a->kind], e.text);
}

static const char *
words_of(const struct answer *a)
{
	if (a->words)
		return a->words;
	if (a->kind == PAGE_GONE)
		return "There is no app at this address.";
	if (a->kind == PAGE_ADMIT)
		return "This notebook needs its token: send it as Authorization: Bearer.";
	return "The {app} is waking up.";
}

static void
add_detail(const struct answer *a, const char *noun, const char *request, struct buf *to)
{
	AUTO_BUF struct buf words = {0};

	buf_init(&words, PAGE_BYTES_MAX);
	add_words(words_of(a), noun, &words);
	json_open(to, '{');
	json_put_text(to, "detail", words.at);
	json_put_text(to, "request_id", request);
	json_close(to, '}');
}

/* The fields that only some of our answers have. */
static void
add_fields(const struct answer *a, struct buf *to)
{
	if (a->status == 401)
		buf_str(to, "WWW-Authenticate: Bearer\r\n");
	if (a->status == 405)
		buf_str(to, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n");
	if (a->retry_after_secs)
		buf_fmt(to, "Retry-After: %d\r\n", a->retry_after_secs);
	if (a->location)
		buf_fmt(to, "Location: %s\r\n", a->location);
	if (a->cookie)
		buf_fmt(to, "Set-Cookie: %s\r\n", a->cookie);
}

void
page_answer(const struct template_set *set, const struct site *site,
    const struct ask *ask, const struct answer *a, struct buf *to)
{
	const char *noun = ask->is_notebook ? "notebook" : "app";
	AUTO_BUF struct buf body = {0};
	char request[LOG_ID_SIZE];

	memcpy(request, ask->request, sizeof(request));
	if (!request[0])	/* its head was not understood */
		id_request(request);
	buf_init(&body, PAGE_BYTES_MAX);
	if (ask->is_page && a->kind != PAGE_MOVED)
		add_page(set, site, a, noun, &body);
	else if (a->kind != PAGE_MOVED)
		add_detail(a, noun, request, &body);
	buf_fmt(to, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nX-Request-Id: %s\r\n", a->status,
	    reason_of(a->status), ask->is_page ? "text/html; charset=utf-8" :
	    "application/json", body.len, request);
	add_fields(a, to);
	field_safety(to);
	buf_fmt(to, "Content-Security-Policy: default-src 'none'; "
	    "style-src 'unsafe-inline'; base-uri 'none'; form-action %s; "
	    "frame-ancestors 'self' %s\r\n"
	    "Connection: close\r\n\r\n", a->kind == PAGE_ADMIT ? "'self'" : "'none'",
	    site->control);
	if (!ask->is_head)
		buf_add(to, body.at, body.len);
}
