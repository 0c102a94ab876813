#ifndef AUTHOR_ASSIST_RECIPE_H
#define AUTHOR_ASSIST_RECIPE_H
/*
 * The sample provider inside a notebook: it is no model, and knows a few common requests
 * for cells (recipe.def), which it answers with code for the data frames that are there.
 * The same request in the same notebook gives the same answer.
 */
#include "scope.h"

/* Appends an answer in the form that models are asked for; words only where it has
 * nothing. */
void recipe_answer(const char *request, const struct scope *s, struct buf *answer);

#endif
