#ifndef AUTHOR_OUTCOME_H
#define AUTHOR_OUTCOME_H
/*
 * How author's part of a job ends: with a candidate for keep, or for good.
 */
#include "../../shared/store/job.h"
#include "show.h"

struct outcome {
	const char *kind;	/* as for job_fail; NULL: with the candidate */
	const char *text;	/* what the person reads */
	int64_t retry_after;	/* seconds; 0: none to give */
	struct source candidate;
	const char *answer, *summary;
	int64_t input_tokens, output_tokens;	/* of all answers */
};

/* One transaction.  CONFLICT or MISSING: somebody else has ended the job. */
int outcome_store(const struct outcome *o, struct db *db, const char *job, int64_t now,
    struct err *e);
/* What the followers of the job are told once it is stored; rings the bell. */
void outcome_tell(const struct outcome *o, struct show *s);
/* A model's words as the text of an outcome: trimmed, bounded. */
const char *outcome_words(struct arena *a, const char *words, bool is_refused);

#endif
