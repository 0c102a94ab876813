#ifndef TEXT_HEAD_H
#define TEXT_HEAD_H
/*
 * One HTTP/1 head, request or response, read strictly.
 *
 * What two programs could read in two ways is refused, never repaired: bare CR or LF,
 * folded lines, a space before a colon, control characters, a second Host, Content-Length
 * with Transfer-Encoding, several lengths, any transfer coding but "chunked".  All texts
 * point into the bytes that were given.  Bodies are never looked at.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_BYTES_MAX (32u << 10)
#define HEAD_FIELDS_MAX 100

struct text {
	const char *at;
	size_t len;
};

struct head_field {
	struct text name, value;	/* value: no blanks around it */
};

struct head {
	struct text method, target;	/* of a request */
	int status;			/* of a response */
	struct text reason;
	int minor;			/* HTTP/1.minor: 0 or 1 */
	struct head_field fields[HEAD_FIELDS_MAX];
	int count;
	int64_t length;			/* Content-Length; −1: not given */
	bool is_chunked;
};

enum head_result {
	HEAD_PART,	/* what is there is fine, more must come */
	HEAD_WHOLE,
	HEAD_BAD,
	HEAD_LARGE,	/* over HEAD_BYTES_MAX or HEAD_FIELDS_MAX */
	HEAD_CODING,	/* a transfer coding other than "chunked" */
};

/* Reads a head from the first bytes.  WHOLE: *bytes is its length with the blank line. */
enum head_result head_request(const char *at, size_t n, struct head *h, size_t *bytes);
enum head_result head_response(const char *at, size_t n, struct head *h, size_t *bytes);

/* The only field of that name (lower case), or NULL; *count (or NULL) says how many. */
const struct head_field *head_find(const struct head *h, const char *name, int *count);

/* Comparisons without regard to ASCII case; name and word are in lower case. */
bool text_is(struct text t, const char *word);
bool text_starts(struct text t, const char *word);
/* Takes the next item, which may be empty, off *rest, blanks trimmed; false at the end.
 * item must not be rest. */
bool text_item(struct text *rest, char separator, struct text *item);
/* Is word an item of the comma-separated list? */
bool text_lists(struct text list, const char *word);
struct text text_trim(struct text t);

#endif
