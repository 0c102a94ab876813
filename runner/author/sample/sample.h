#ifndef SAMPLE_H
#define SAMPLE_H
/*
 * The sample provider: what answers when no model is configured.  It is no model: a first
 * prompt is answered with one of the hand-written components of www/sample, a further one
 * with a change of that component's settings.  The same input gives the same answer.
 *
 * Answers are in the form that models are asked for: a sentence, then <file> or <edit>
 * blocks.  An answer without a block means that nothing can be changed; its text says so.
 */
#include "../../../shared/base/buf.h"
#include "../../../shared/base/err.h"

/* Appends the answer to prompt.  dir holds the components; current is the source of
 * src/LLMComponent.tsx, NULL for a first prompt.  MISSING or INTERNAL if a component
 * cannot be read, LIMIT if the answer does not fit. */
int sample_answer(const char *dir, const char *prompt, const char *current,
    struct buf *answer, struct err *e);

#endif
