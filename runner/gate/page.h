#ifndef GATE_PAGE_H
#define GATE_PAGE_H
/*
 * What the gate says itself: a page for browsers, JSON for programs.
 */
#include "../../shared/base/buf.h"
#include "ask.h"

#define PAGE_BYTES_MAX (64u << 10)

enum page_kind { PAGE_PLAIN, PAGE_WAITING, PAGE_GONE };

struct answer {
	enum page_kind kind;
	int status;
	const char *title;	/* headline of a page; of WAITING: the app's title, or NULL */
	const char *words;	/* what happened and what to do; NULL: the template's own */
	int retry_after_secs;	/* 0: do not say */
};

/* The templates of the web assets, where they are; what is missing is built in. */
struct page_set;
struct page_set *page_load(const char *folder);
void page_set_free(struct page_set *set);

/* Appends the whole response, head and all. */
void page_answer(const struct page_set *set, const struct site *site, const struct ask *ask,
    const struct answer *a, struct buf *to);

/* Fills a template: {{name}} (escaped), {{#name}} … {{/name}} where it is given,
 * {{^name}} … {{/name}} where it is not.  names and values alternate, NULL ends; a value may
 * be NULL. */
void page_fill(const char *template, const char *const *values, struct buf *to);

#endif
