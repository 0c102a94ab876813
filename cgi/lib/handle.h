#ifndef CGI_HANDLE_H
#define CGI_HANDLE_H
/*
 * The life of a request between conn_accept and conn_finish.
 */
#include "req.h"

/* Guards, decodes and runs.  Afterwards the reply was sent, or wait.is_on. */
void handle(struct req *r);
/* For a waiting request: the bell rang for it, or a second passed.  db is this thread's. */
void handle_again(struct req *r, struct db *db);
/* The program ends: a last word to a waiting request. */
void handle_stop(struct req *r, struct db *db);

#endif
