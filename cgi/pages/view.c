#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/frozen.h"
#include "view.h"

void
view_text(cJSON *o, const char *name, const char *text)
{
	if (text)
		cJSON_AddStringToObject(o, name, text);
	else
		cJSON_AddNullToObject(o, name);
}

void
view_number(cJSON *o, const char *name, int64_t n)
{
	if (n)
		cJSON_AddNumberToObject(o, name, (double)n);
	else
		cJSON_AddNullToObject(o, name);
}

void
view_true(cJSON *o, const char *name, bool is_true)
{
	cJSON_AddBoolToObject(o, name, is_true);
}

void
view_when(cJSON *o, int64_t at_ms, int64_t now_ms)
{
	char words[24], iso[21];

	clock_words(at_ms, now_ms, words);
	clock_iso(at_ms, iso);
	view_text(o, "when", words);
	view_text(o, "when_iso", iso);
}

const char *
view_escaped(struct req *r, const char *text)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 4096);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		buf_fmt(&b, strchr("-._~", *p) || (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		    (*p >= 'A' && *p <= 'Z') ? "%c" : "%%%02X", *p);
	return arena_dup(&r->arena, b.at);
}

const char *
view_size(struct req *r, int64_t bytes)
{
	static const char *const units[] = {"KB", "MB", "GB", "TB"};
	int64_t tenths = bytes * 10 / 1024;
	size_t unit = 0;

	while (tenths >= 10000 && unit + 1 < COUNT(units)) {
		tenths /= 1024;
		unit++;
	}
	if (tenths < 100 && tenths % 10)
		return arena_fmt(&r->arena, "%lld.%lld %s", (long long)(tenths / 10),
		    (long long)(tenths % 10), units[unit]);
	return arena_fmt(&r->arena, "%lld %s", (long long)(tenths / 10), units[unit]);
}

cJSON *
view_page(struct req *r, const char *title)
{
	cJSON *c = cJSON_CreateObject();

	view_text(c, "page_title", arena_fmt(&r->arena, "%s · Carrel", title));
	return c;
}

void
view_model(const struct req *r, cJSON *c)
{
	const char *model = r->site->conf.model, *slash = strchr(model, '/');

	if (strncmp(model, "sample", 6) == 0)
		view_true(c, "sample", true);
	else if (model[0])
		view_text(cJSON_AddObjectToObject(c, "model"), "name",
		    slash && slash[1] ? slash + 1 : model);
}

const char *
view_state(const struct workspace *w, bool has_job)
{
	if (has_job || strcmp(w->sandbox_state, "provision") == 0)
		return "moving";
	if (strcmp(w->sandbox_state, "running") == 0)
		return "awake";
	if (strcmp(w->sandbox_state, "failed") == 0 || (!w->current && w->is_tried))
		return "failed";
	return "asleep";
}

const char *
view_state_words(struct req *r, const struct workspace *w, bool has_job, int64_t now_ms)
{
	const char *state = view_state(w, has_job);
	const char *word = "asleep";
	char since[24];

	if (has_job)
		word = w->current ? "changing" : "being built";
	else if (strcmp(state, "moving") == 0)
		word = "waking";
	else if (strcmp(state, "awake") == 0)
		word = "awake";
	else if (strcmp(state, "failed") == 0)
		word = w->current ? "stopped" : "not built";
	if (strcmp(state, "asleep") == 0 && w->current) {
		clock_words(w->last_activity_at ? w->last_activity_at : w->updated_at, now_ms, since);
		return arena_fmt(&r->arena, "asleep · used %s", strcmp(since, "now") ? since :
		    "just now");
	}
	if (!w->current)
		return word;
	return arena_fmt(&r->arena, "%s · version %lld", word, (long long)w->current);
}

cJSON *
view_cards(struct req *r, const struct workspace *rows, int n, int64_t now_ms)
{
	AUTO_BUF struct buf svg = {0};
	cJSON *list = cJSON_CreateArray();

	buf_init(&svg, 8192);
	for (int i = 0; i < n; i++) {
		const struct workspace *w = &rows[i];
		bool is_new = !w->current && !w->is_tried;
		cJSON *card = cJSON_CreateObject();
		char when[24], iso[21];

		buf_reset(&svg);
		cover_draw(w->id, &svg);
		clock_words(w->updated_at, now_ms, when);
		clock_iso(w->updated_at, iso);
		view_text(card, "href", arena_fmt(&r->arena, "/app/%s", w->id));
		view_text(card, "title", w->title);
		view_text(card, "cover", svg.at);
		view_text(card, "picture", frozen_get_shot(r->db, w->id, w->current) ==
		    FROZEN_SHOT ? arena_fmt(&r->arena, "/app/%s/card/%lld", w->id,
		    (long long)w->current) : NULL);
		view_text(card, "state", view_state(w, is_new));
		view_text(card, "state_words", view_state_words(r, w, is_new, now_ms));
		view_text(card, "when", strcmp(when, "now") == 0 ? "edited now" : when);
		view_text(card, "when_iso", iso);
		cJSON_AddItemToArray(list, card);
	}
	return list;
}

const char *
view_took(struct req *r, int64_t ms)
{
	if (ms <= 0)
		return NULL;
	if (ms < 60000)
		return arena_fmt(&r->arena, "%lld.%lld s", (long long)(ms / 1000),
		    (long long)(ms / 100 % 10));
	return arena_fmt(&r->arena, "%lld min %lld s", (long long)(ms / 60000),
	    (long long)(ms / 1000 % 60));
}

const char *
view_tokens(struct req *r, int64_t tokens)
{
	if (tokens <= 0)
		return NULL;
	if (tokens < 1000)
		return arena_fmt(&r->arena, "%lld tokens", (long long)tokens);
	return arena_fmt(&r->arena, "%lld.%lldk tokens", (long long)(tokens / 1000),
	    (long long)(tokens / 100 % 10));
}

void
view_parent(struct req *r, const struct workspace *w, cJSON *c)
{
	struct workspace from;
	struct err ignored;
	cJSON *o;

	if (!w->parent ||
	    workspace_get_kind(r->db, w->parent, w->kind, &r->arena, &from, &ignored) < 0)
		return;
	o = cJSON_AddObjectToObject(c, "parent");
	view_text(o, "href", arena_fmt(&r->arena, "/%s/%s", w->kind, from.id));
	view_text(o, "from", from.title);
}
