#ifndef CGI_NOTEBOOKS_ASSISTING_H
#define CGI_NOTEBOOKS_ASSISTING_H
/*
 * What the endpoints of the assistant share.
 */
#include "../../shared/store/assist.h"
#include "notebooks.h"

/* The assist of the path, which is one of the path's notebook; MISSING where there is none
 * such. */
int assisting_get(struct req *r, struct assist *a, struct err *e);
/* Asks for one, and replies 202 with its id. */
int assisting_ask(struct req *r, struct assist *wanted, struct err *e);
/* "/workspaces/<id>/assists/<assist>" */
const char *assisting_address(struct req *r, const char *assist);

#define REPLY_ASKED {202, "It is being worked at; Location is where it is told of.", \
	"{\"status\":\"accepted\",\"assist\":\"" EXAMPLE_OTHER "\"}", NULL}, \
	{429, "Too many wait for this notebook already.", NULL, NULL}

#endif
