#ifndef KEEP_FROZEN_H
#define KEEP_FROZEN_H
/*
 * What a guest sent as a frozen app, and those files on the disk.
 *
 * The guest is not trusted: after frozen_parse there are 1 to FROZEN_FILES_MAX files, one of
 * them index.html, all others assets/<name> with a name of letters, digits, `.`, `_` and `-`
 * that does not begin with a dot, none twice.  They are data and nothing else; a web server
 * hands them to browsers at the app's own address.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../shared/base/err.h"
#include "../../shared/store/frozen.h"
#include "../../shared/wire/guest.h"

#define FROZEN_FOLDER "/run/carrel/var/frozen"
#define FROZEN_NAME_MAX 100
#define FROZEN_SENTENCE_MAX 2600

struct frozen_file {
	char path[FROZEN_NAME_MAX + sizeof("assets/")];
	const char *bytes;		/* in the message */
	size_t len;
};

struct frozen_app {
	size_t count;			/* 0: problem says why */
	char packages[FROZEN_KEY_SIZE];
	char problem[FROZEN_SENTENCE_MAX];	/* for people */
	char kind[16];			/* of the problem: "" the app's, else ours ("gone", "busy") */
	size_t bytes;
	struct frozen_file files[FROZEN_FILES_MAX];
};

/* A payload of FROZEN.  INPUT where it is none. */
int frozen_parse(struct frozen_app *f, const void *payload, size_t n, struct err *e);
/* Writes them to folder/<id>/<version>, whole or not at all, in place of what is there. */
int frozen_write(const struct frozen_app *f, const char *folder, const char *id,
    int64_t version, struct err *e);
/* Removes that again; and the folder of the workspace with its last version. */
int frozen_remove(const char *folder, const char *id, int64_t version, struct err *e);

#endif
