#ifndef AUTHOR_CHOOSE_H
#define AUTHOR_CHOOSE_H
/*
 * Which model answers.  Where the settings name a service and no model, the first that
 * the service lists is taken: it is asked when the first job comes, and again while it
 * fails.
 */
#include "author.h"

/* Sets provider and, where the settings tell it, model; or unfit. */
void choose_begin(struct author *a);
/* True if jobs can be taken now (be it to fail them, as a->unfit says); false while the
 * service is being asked, which ends in author_fill. */
bool choose_is_ready(struct author *a);
/* "anthropic/claude-…" or "sample". */
void choose_name(const struct author *a, char *out, size_t size);

#endif
