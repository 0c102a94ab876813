#ifndef PAGES_VIEW_H
#define PAGES_VIEW_H
/*
 * What several pages show in the same way: cards, states and figures in words, covers.
 */
#include "../../shared/store/job.h"
#include "../../shared/store/workspace.h"
#include "../lib/reply.h"


/* A text, number or truth; NULL becomes null, so that an outer field never shows through. */
void view_text(cJSON *o, const char *name, const char *text);
void view_number(cJSON *o, const char *name, int64_t n);	/* 0 becomes null */
void view_true(cJSON *o, const char *name, bool is_true);
/* when ("2 h ago") and when_iso. */
void view_when(cJSON *o, int64_t at_ms, int64_t now_ms);

/* text for use in a query string. */
const char *view_escaped(struct req *r, const char *text);
/* "312 MB", "1.2 GB". */
const char *view_size(struct req *r, int64_t bytes);

/* A new page context with its title ("Tea timer · Carrel"). */
cJSON *view_page(struct req *r, const char *title);
/* model {name} or sample, as the settings say. */
void view_model(const struct req *r, cJSON *c);
/* The state of an app as a dot's colour ("awake" "asleep" "moving" "failed") and in words. */
const char *view_state(const struct workspace *w, bool has_job);
const char *view_state_words(struct req *r, const struct workspace *w, bool has_job,
    int64_t now_ms);
/* A list of cards. */
cJSON *view_cards(struct req *r, const struct workspace *rows, int n, int64_t now_ms);
/* "1.9 s · 2.1k tokens"; either may be 0. */
const char *view_took(struct req *r, int64_t ms);
const char *view_tokens(struct req *r, int64_t tokens);

/* cover.c: a calm drawing made from the id, as an SVG element. */
void cover_draw(const char *id, struct buf *out);

/* turns.c, code.c, versions.c: the parts of the app page. */
struct version;
int turns_add(struct req *r, const struct workspace *w, const struct job *job,
    const struct version *versions, int version_count, bool wants_all, cJSON *c,
    struct err *e);
int code_add(struct req *r, const struct workspace *w, int64_t version, const char *file,
    cJSON *c, struct err *e);
void versions_add(struct req *r, const struct workspace *w, const struct version *rows, int n,
    cJSON *c);

/* "parent": what it was copied from, unless that is gone. */
void view_parent(struct req *r, const struct workspace *w, cJSON *c);

#endif
