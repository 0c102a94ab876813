#ifndef EGRESS_WHERE_H
#define EGRESS_WHERE_H
/*
 * Where a download may come from.
 *
 * Anywhere by https, but to no special-use address: whoever writes an index's pages must not
 * reach what only this machine can.  The host that the settings name as the index (its
 * home) is as whoever runs this machine wants it: http too, and at any address.
 */
#include <stdbool.h>
#include <sys/socket.h>

#include "../../shared/base/err.h"
#include "ecosystem.h"

struct origin {
	char base[URL_SIZE];	/* without a slash at the end, a user or a password */
	char scheme[8], host[256];
	int port;
	char user[128], password[256];	/* "": none */
};

/* Takes the address of an index apart; INPUT where it is none. */
int where_origin(const char *url, struct origin *o, struct err *e);
/* ref as it is meant on the page at base: absolute, without a fragment; false where that is
 * no address of the web. */
bool where_join(const char *base, const char *ref, char out[URL_SIZE]);
bool where_is_home(const char *url, const struct origin *home);
/* https, or at home; and without a user in it. */
bool where_may(const char *url, const struct origin *home);
/* Special-use: this machine, its networks, and what leads to none. */
bool where_is_special(const struct sockaddr *sa);

#endif
