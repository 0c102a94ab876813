#ifndef SYSTEM_EXPOSE_H
#define SYSTEM_EXPOSE_H
/*
 * Lines of Prometheus's text format, 0.0.4, into a reply.
 */
#include "../../shared/wire/count.h"
#include "../lib/req.h"

/* Names and values in turn. */
#define LABELS(...) (const char *const[]){__VA_ARGS__, NULL}

/* One line of carrel_<name><suffix>.  labels: NULL-terminated, or NULL. */
void expose(struct req *r, const char *name, const char *suffix, const char *const *labels,
    const char *number);
void expose_int(struct req *r, const char *name, const char *const *labels, int64_t n);
/* A histogram in seconds.  Up to two labels go before le; at least an empty list. */
void expose_spans(struct req *r, const char *name, const struct count_spans *s,
    const char *const *labels);
/* As a number of seconds, in the request's arena. */
const char *expose_seconds(struct req *r, int64_t ms);

#endif
