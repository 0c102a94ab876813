#ifndef AUTHOR_PROMPT_H
#define AUTHOR_PROMPT_H
/*
 * What a model is told: the same system text every time, earlier turns in bounded length,
 * the files as they are, and the request last.  What people wrote is data between marks.
 */
#include "../../shared/store/version.h"
#include "reply.h"

#define PROMPT_TURNS_MAX 12	/* earlier ones */
#define PROMPT_HISTORY_BYTES (16u << 10)
#define PROMPT_PACKAGES "/run/carrel/build/www/packages.txt"

struct prompt {
	const char *request;
	const struct source *source;		/* as it is now; count 0: none yet */
	const char *(*history)[2];		/* requests and summaries, oldest first */
	int turns;
	const char *answer, *problem;		/* a bad answer and why it is; NULL */
};

/* The system text, with the list of packages of the sandbox image (a file; where it is
 * missing, React alone is promised). */
void prompt_system(const char *packages_path, struct buf *to);
/* Sets turns, count and image_turn of ask; texts in the arena. */
void prompt_make(const struct prompt *p, struct arena *a, struct ask *ask);
/* A verdict's error in words for the model; the verdict itself where it is no JSON. */
const char *prompt_problem(const char *verdict, struct arena *a);
/* Its message alone, for people. */
const char *prompt_message(const char *verdict, struct arena *a);

#endif
