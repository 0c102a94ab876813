#ifndef AUTHOR_PROVIDER_H
#define AUTHOR_PROVIDER_H
/*
 * The services of provider.def: how each is addressed, asked and understood.
 */
#include "../../shared/base/buf.h"
#include "../../shared/conf/conf.h"
#include "reply.h"

struct provider {
	const char *name;
	const char *path, *address;	/* path NULL: the built-in sample provider */
	const char *key_header, *other_header, *key_name;
	/* The request as JSON. */
	void (*body)(const struct ask *a, struct buf *json);
	/* One event of the answer's stream.  −1: it is broken, or tells of an error
	 * (whose kind and text, if the service gave them, are in e). */
	int (*event)(struct reply *r, const char *data, size_t n, struct err *e);
};

#define PROVIDER(name, ...) \
	void name##_body(const struct ask *a, struct buf *json); \
	int name##_event(struct reply *r, const char *data, size_t n, struct err *e);
#include "../../shared/conf/provider.def"
#undef PROVIDER

/* By its name, "sample" included; NULL: there is none such. */
const struct provider *provider_find(const char *name);
/* Which provider the settings mean, and the model (malloc'ed; NULL: the first that the
 * service lists).  INPUT for a `model` that names no provider. */
int provider_choose(const struct conf *c, const struct provider **p, char **model,
    struct err *e);
/* The whole address of a request to p, with path in place of its own (NULL: its own). */
void provider_url(const struct provider *p, const struct conf *c, const char *path,
    struct buf *url);
/* p's key; "" if none is set. */
const char *provider_key(const struct provider *p, const struct conf *c);

#endif
