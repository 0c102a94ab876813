#ifndef EGRESS_ASK_H
#define EGRESS_ASK_H
/*
 * What a request from inside a sandbox asks for.  Pure.
 */
#include "egress.h"

enum ask_what { ASK_PAGE, ASK_FILE };
enum ask_form { FORM_JSON, FORM_HTML };

struct ask {
	enum ask_what what;
	enum ecosystem_id eco;
	char name[NAME_SIZE];
	char digest[DIGEST_SIZE];	/* of a file; of the wheel, where metadata is asked for */
	bool is_metadata;
	bool is_head, is_last;		/* is_last: the connection closes behind the answer */
	enum ask_form form;		/* of a page */
	/* From the head's fields; "": not there. */
	char none_match[100], range[100], if_range[100];
};

/* 0, or the status to answer, and words for it. */
int ask_judge(const struct head *h, struct ask *a, const char **words);

/* A range of a file of size bytes: 206 with *first and *bytes; 200 where the field is none
 * of ours; 416 where it lies outside. */
int ask_range(const char *range, int64_t size, int64_t *first, int64_t *bytes);

#endif
