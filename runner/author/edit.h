#ifndef AUTHOR_EDIT_H
#define AUTHOR_EDIT_H
/*
 * SEARCH/REPLACE blocks, applied to the text of a file.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/err.h"
#include "span.h"

/* Appends to out what the blocks in edits make of source.  Every SEARCH text must be
 * found exactly once; where it is not found to the byte, lines are compared without the
 * space at their ends and then with any indentation.  INPUT, written for the model, names
 * the block at fault. */
int edit_apply(struct span source, struct span edits, const char *path, struct buf *out,
    struct err *e);

#endif
