#ifndef GATE_CLAIM_H
#define GATE_CLAIM_H
/*
 * What a request shows to be let in at a notebook's address, told from its head alone:
 *
 *   X-Carrel-Ticket: T            our own program's ticket, of kind tool
 *   Authorization: Bearer T       a link's token, shown by a program each time
 *   ?access_token=T, ?ticket=T    to be traded for a cookie, by GET or HEAD
 *   Cookie: __Host-carrel=T       what they were traded for
 *
 * None of these reaches a sandbox.  A browser may hold two cookies of the name, one for
 * frames and one for the top level, and sends both: so a few are looked at, not the first.
 */
#include "../../shared/base/buf.h"
#include "ask.h"

#define CLAIM_TOKEN_LEN 52
#define CLAIM_COOKIES_MAX 4

enum claim_address { CLAIM_NOTHING, CLAIM_TOKEN, CLAIM_TICKET };

struct claim {
	struct text cookies[CLAIM_COOKIES_MAX];	/* each of a token's form */
	int cookie_count;
	bool has_bearer, has_tool;
	struct text bearer, tool;	/* "" where it is there twice */
	enum claim_address address;	/* what the address shows */
	struct text shown;
	struct text before, after;	/* the address without it */
	bool is_framed;			/* asked for by a frame of another page */
};

/* Texts point into the head.  Refused: what could be read in two ways, or reach a sandbox. */
struct refusal claim_read(const struct head *h, const struct site *s, const struct ask *a,
    struct claim *c);
/* 52 characters of a-z2-7? */
bool claim_is_token(struct text t);
/* Appends the address without what it showed. */
void claim_add_address(const struct claim *c, struct buf *to);
/* Appends the value of a Set-Cookie field that keeps this token for max_secs. */
void claim_add_cookie(const struct claim *c, const struct site *s, const char *token,
    int64_t max_secs, struct buf *to);

#endif
