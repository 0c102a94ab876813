#ifndef AUTHOR_ASSIST_BRIEF_H
#define AUTHOR_ASSIST_BRIEF_H
/*
 * What a model is told inside a notebook.  What people wrote, and what code said, is data
 * between marks.
 */
#include "../reply.h"
#include "scope.h"

/* What it is there for; the same bytes every time. */
extern const char brief_cell[], brief_agent[];

/* The first question: what there is, and the request. */
const char *brief_request(const struct scope *s, const char *request, struct arena *a);
/* What a step's code said, and what is left: steps, and tokens. */
const char *brief_output(const char *output, bool is_success, int64_t steps_left,
    int64_t tokens_left, struct arena *a);
/* A guess at what a question costs to be read, on the high side. */
int64_t brief_tokens(const struct ask *ask);

#endif
