#ifndef AUTHOR_SHOW_H
#define AUTHOR_SHOW_H
/*
 * What people see of a job or an assist while author has it: phases at once, the text as it is written
 * in pieces of 20 ms, a ring of the bell at most every 50 ms.
 *
 * Nothing here fails: a job whose progress cannot be written goes on unseen.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/rand.h"
#include "../../shared/wire/loop.h"

struct show {
	struct loop *loop;
	char job[ID_SIZE];
	struct buf text;		/* not written yet */
	struct timer *flush, *ring;
	int64_t rung_ms, counted_ms;	/* boot time: last ring, last count */
	int lines;			/* of the text so far */
	bool is_writing, has_failed;
};

void show_init(struct show *s, struct loop *l, const char *job);
void show_free(struct show *s);
void show_phase(struct show *s, const char *phase, const char *detail);
/* A new answer begins; no text of it is there yet. */
void show_writing(struct show *s);
void show_text(struct show *s, const char *text, size_t n);
/* The answer is whole: what is left is written, and how much it was. */
void show_written(struct show *s);
/* error {detail, retry_after?} where detail is not NULL, then done {status}; rings. */
void show_end(struct show *s, const char *detail, int64_t retry_after,
    const char *status);
/* Any other event; json is one line. */
void show_event(struct show *s, const char *event, const char *json);
void show_ring(struct show *s);	/* at once */

#endif
