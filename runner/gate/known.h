#ifndef GATE_KNOWN_H
#define GATE_KNOWN_H
/*
 * Whom the store let in at a notebook's address, remembered with the app's record so that it
 * is asked once for each pass and not for each request.  What is remembered is asked again
 * when the bell rings for the notebook, and each second while there is anything, since a ring
 * may be lost: connections whose pass is gone are then closed.
 */
#include "../../shared/store/access.h"
#include "app.h"

struct conn;

struct known {
	struct known *next;
	unsigned char hash[TOKEN_HASH_BYTES];
	bool is_token;		/* a link's own token, shown by a program; else a cookie's */
	bool is_gone;		/* the store knows it no more */
	enum door door;
	char share[ID_SIZE];	/* "": the owner's */
	int64_t expires_at;	/* wall ms */
	int conns;
};

/* The door of a kind of pass or share; DOORS: it opens none. */
enum door known_door(const char *kind);
/* NULL: not remembered, or expired.  What is found lasts until known_tidy. */
struct known *known_find(struct app *app, const unsigned char hash[TOKEN_HASH_BYTES],
    bool is_token);
/* Asks the store for it, and remembers it.  NULL: AUTH where it is none of this notebook's. */
struct known *known_ask(struct gate *g, struct app *app,
    const unsigned char hash[TOKEN_HASH_BYTES], bool is_token, struct err *e);
/* Is it as it was? AUTH: no. */
int known_confirm(struct gate *g, const struct app *app, const struct known *k,
    struct err *e);
/* Forgets what nobody is connected with: what is gone, and what is too much. */
void known_tidy(struct gate *g, struct app *app);
/* The connection is there because of it. */
void known_join(struct conn *c, struct known *k);
void known_leave(struct conn *c);
/* Asks the store again for all of an app, and closes whose pass is gone. */
void known_review(struct gate *g, struct app *app);
void known_free(struct app *app);

#endif
