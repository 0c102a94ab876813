/*
 * GET /workspaces/{id}/export/{format}
 * 200 the notebook as html (with its outputs), ipynb, script or markdown | 404 | 503
 */
#include <string.h>

#include "relay.h"

#define EXPORT_MS 120000
#define SLUG_BYTES 60

static const struct format {
	const char *name, *type, *end;
} formats[] = {
	{"html", "text/html; charset=utf-8", "html"},
	{"ipynb", "application/x-ipynb+json", "ipynb"},
	{"script", "text/x-python; charset=utf-8", "py"},
	{"markdown", "text/markdown; charset=utf-8", "md"},
};

/* The title's letters and digits, in lower case, words joined by dashes: "sales-2026". */
static const char *
slug(struct req *r, const char *title)
{
	char *to = arena_new(&r->arena, SLUG_BYTES + 1);
	size_t n = 0;

	for (; *title && n < SLUG_BYTES; title++) {
		char c = *title >= 'A' && *title <= 'Z' ? (char)(*title + 32) : *title;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			to[n++] = c;
		else if (n > 0 && to[n - 1] != '-')
			to[n++] = '-';
	}
	while (n > 0 && to[n - 1] == '-')
		n--;
	to[n] = '\0';
	return n ? to : "notebook";
}

static const struct format *
find_format(const char *name, struct err *e)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	err_set(e, ERR_MISSING, "A notebook is exported as html, ipynb, script or markdown.");
	return NULL;
}

static int
run(struct req *r, struct err *e)
{
	const struct format *f;
	struct workspace w;
	struct tool *t;

	if (notebooks_get(r, &w, e) < 0 || !(f = find_format(r->part, e)))
		return -1;
	if (r->is_head)
		return reply_send(r, 200, f->type);
	t = tool_ask(r, &(struct tool_question){"GET",
	    arena_fmt(&r->arena, "/export/%s", f->name), NULL}, NULL, e);
	if (!t)
		return -1;
	return relay(r, t, &(struct relay_as){.type = f->type, .ms = EXPORT_MS,
	    .name = arena_fmt(&r->arena, "%s.%s", slug(r, w.title), f->end)});
}

const struct endpoint notebooks_export = {
	.about = "Wakes the notebook. html holds the last outputs, ipynb is for Jupyter, script is "
	    "plain Python, markdown is for reading.",
	.replies = REPLIES({200, "The document, as a file to save.", NULL, "text/html"},
	    {502, "The notebook ended before it had answered.", NULL, NULL},
	    {503, "The notebook could not be woken, and why; or the machine is busy.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
