#ifndef AUTHOR_RECITE_H
#define AUTHOR_RECITE_H
/*
 * The sample provider's answer, given in small pieces, so that people see code appear as
 * it will with a model; all of it within 300 ms.
 */
#include <stddef.h>

#include "../../shared/wire/loop.h"

struct recite;

/* A piece; text NULL: the end (gone after this). */
typedef void recite_fn(void *arg, const char *text, size_t n);

/* The text is copied.  fn is not called before it returns. */
struct recite *recite_start(struct loop *l, const char *text, recite_fn *fn, void *arg);
void recite_stop(struct recite *r);	/* NULL is fine */

#endif
