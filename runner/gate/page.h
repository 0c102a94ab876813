#ifndef GATE_PAGE_H
#define GATE_PAGE_H
/*
 * What the gate says itself: a page for browsers, JSON for programs.
 */
#include "../../shared/base/buf.h"
#include "../../shared/text/template.h"
#include "ask.h"

#define PAGE_BYTES_MAX (64u << 10)

enum page_kind { PAGE_PLAIN, PAGE_WAITING, PAGE_GONE, PAGE_ADMIT, PAGE_MOVED };

/* In words, and in titles that are ours, {app} stands for what is at the address. */
struct answer {
	enum page_kind kind;
	int status;
	const char *title;	/* headline; of WAITING: the app's title, or NULL */
	const char *words;	/* what happened, what to do; NULL: the page's own */
	int retry_after_secs;	/* 0: do not say */
	const char *location, *cookie;	/* of MOVED, an empty answer; cookie: or NULL */
};

/* waiting.html, gone.html and admit.html of the folder; what is missing there is built in. */
struct template_set *page_load(const char *folder);

/* Appends the whole response, head and all. */
void page_answer(const struct template_set *set, const struct site *site,
    const struct ask *ask, const struct answer *a, struct buf *to);

#endif
