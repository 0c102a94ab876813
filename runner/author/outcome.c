#include <string.h>

#include "outcome.h"

#define WORDS_MAX 4000	/* bytes */

int
outcome_store(const struct outcome *o, struct db *db, const char *job, int64_t now,
    struct err *e)
{
	int got;

	if (db_begin(db, e) < 0)
		return -1;
	if (o->kind)
		got = job_fail(db, job, o->kind, o->text, o->retry_after, o->input_tokens,
		    o->output_tokens, now, e);
	else
		got = job_give_candidate(db, job, &o->candidate, o->answer, o->summary,
		    o->input_tokens, o->output_tokens, now, e);
	if (got == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
outcome_tell(const struct outcome *o, struct show *s)
{
	if (!o->kind)
		show_ring(s);	/* keep goes on, and tells the rest */
	else if (strcmp(o->kind, "cancelled") == 0)
		show_end(s, NULL, 0, "cancelled");
	else
		show_end(s, o->text, o->retry_after, "error");
}

const char *
outcome_words(struct arena *a, const char *words, bool is_refused)
{
	size_t n;

	words += strspn(words, " \t\r\n");
	n = strlen(words);
	if (n > WORDS_MAX)
		for (n = WORDS_MAX; n && ((unsigned char)words[n] & 0xc0) == 0x80; n--)
			;
	while (n && strchr(" \t\r\n", words[n - 1]))
		n--;
	if (!is_refused)
		return arena_dupn(a, words, n);
	return arena_fmt(a, "The model declined this request.%s%.*s",
	    n ? " It said: " : "", (int)n, words);
}
