#ifndef AUTHOR_RECITE_H
#define AUTHOR_RECITE_H
/*
 * The sample provider's answer, given in small pieces, so that people see code appear as
 * it will with a model; all of it within 300 ms.
 */
#include <stddef.h>

#include "../../shared/base/err.h"
#include "../../shared/wire/loop.h"

#define RECITE_DIR "/run/carrel/build/www/sample"

struct recite;

/* A piece; text NULL: the end (gone after this), with why if it failed. */
typedef void recite_fn(void *arg, const char *text, size_t n, const struct err *e);

/* request and current (NULL: none) are used at once and not kept.  fn is not called
 * before it returns. */
struct recite *recite_start(struct loop *l, const char *request, const char *current,
    recite_fn *fn, void *arg);
void recite_stop(struct recite *r);	/* NULL is fine */

#endif
