#ifndef STORE_VERSION_H
#define STORE_VERSION_H
/*
 * Versions: immutable source trees, numbered from 1, and the files of one.
 */
#include <stdbool.h>
#include <stdint.h>

#include "db.h"

struct version {
	int64_t n, parent;	/* parent 0: none */
	const char *job, *author, *prompt, *summary;
	const char *model;	/* NULL: no model was asked */
	int64_t input_tokens, output_tokens, took_ms, created_at;
	const char *verdict;	/* "good", or "marked": it could not be frozen */
	bool is_frozen;
	const char *problem;	/* why it could not be; "" */
};

/* Text is UTF-8, NUL-terminated, len bytes. */
struct source_file {
	const char *path, *text;
	size_t len;
};

struct source {
	struct source_file *files;	/* sorted by path */
	int count;
};

int version_get(struct db *db, const char *workspace, int64_t n, struct arena *a,
    struct version *v, struct err *e);
/* All of them, ascending; *rows in the arena.  Returns the count, or −1. */
int version_list(struct db *db, const char *workspace, struct arena *a,
    struct version **rows, struct err *e);
/* The files of version n; MISSING if there is none such. */
int source_get(struct db *db, const char *workspace, int64_t n, struct arena *a,
    struct source *s, struct err *e);
/* The files a job would put in place; count 0 if there are none. */
int candidate_get(struct db *db, const char *job, struct arena *a, struct source *s,
    struct err *e);
/* The file of that path, or NULL. */
const struct source_file *source_find(const struct source *s, const char *path);

#endif
