#ifndef CGI_ENDPOINT_H
#define CGI_ENDPOINT_H
/*
 * What an endpoint is: one file with a table of input fields, a run function and one exported
 * const struct endpoint, named in routes.def.  The fields of a GET are its query, those of
 * the other methods its body: JSON, urlencoded or multipart, all decoded by the one table.
 * A DELETE may have them in either.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/base/err.h"

struct req;

enum field_type {
	FIELD_TEXT,	/* min and max count characters; with min > 0 it is not blank either */
	FIELD_NUMBER,	/* an integer from min to max */
	FIELD_IMAGE,	/* at most max bytes; a file, or in JSON a data: address */
	FIELD_FILE,	/* of any size, in multipart only: of endpoints that read the body */
};

struct field {
	const char *name;	/* NULL ends the table */
	enum field_type type;
	bool is_must, is_secret;
	int64_t min, max;
	const char *doc;
};

struct reply_doc {
	int status;		/* 0 ends the table */
	const char *meaning;
	const char *body;	/* an example, or NULL; several forms: one on each line */
	const char *type;	/* NULL: application/json */
};

struct endpoint {
	const char *about;	/* for the documentation; NULL where the summary says it all */
	const struct field *fields;	/* NULL: none */
	const struct field *headers;	/* request headers it minds; for the documentation */
	const struct reply_doc *replies;	/* what is particular to it */
	/* Replies (reply.h), or parks the request (req_wait), and returns 0; or returns −1. */
	int (*run)(struct req *r, struct err *e);
};

#define IMAGE_BYTES (5 << 20)
#define FIELD_ADMIN_SECRET {"admin_secret", FIELD_TEXT, true, true, 1, 500, \
	"The ADMIN_SECRET of this Carrel."}
#define HEADER_ONCE {"Idempotency-Key", FIELD_TEXT, false, false, 1, 200, \
	"The same key with the same fields gives the same reply for 24 hours; nothing is done " \
	"twice."}
#define FIELDS(...) (const struct field[]){__VA_ARGS__, {0}}
#define REPLIES(...) (const struct reply_doc[]){__VA_ARGS__, {0}}

#endif
