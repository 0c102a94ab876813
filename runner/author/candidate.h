#ifndef AUTHOR_CANDIDATE_H
#define AUTHOR_CANDIDATE_H
/*
 * The complete source that an answer makes of the current one.
 */
#include "../../shared/store/version.h"
#include "answer.h"

/* base may have no files (a first version); its texts are used again, not copied.  An
 * empty file in the answer takes that file away.  Where the whole would have too many
 * files, those of base that nothing imports any more are left out.  INPUT, written for
 * the model, where the result could not be an app. */
int candidate_make(const struct answer *answer, const struct source *base,
    struct arena *a, struct source *out, struct err *e);

#endif
