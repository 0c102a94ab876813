#ifndef CGI_CONN_H
#define CGI_CONN_H
/*
 * One request on its way from the web server: FastCGI on a connection of ours, or plain CGI
 * on stdin and stdout.  The one door to libfcgi.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct conn;

void conn_init(void);			/* once, before any other */
struct conn *conn_new(int fd);		/* owns fd; −1 for plain CGI */
void conn_free(struct conn *c);
int conn_fd(const struct conn *c);
/* Reads the head of the next request; false: there is none, free it. */
bool conn_accept(struct conn *c);
/* Ends the reply.  True: the web server keeps the connection for a further request. */
bool conn_finish(struct conn *c);

const char *conn_param(const struct conn *c, const char *name);	/* NULL: absent */
size_t conn_read(struct conn *c, char *to, size_t n);	/* less than n: the end */
/* At least one byte, what has come; 0: the end, or the client is gone. */
size_t conn_read_some(struct conn *c, char *to, size_t n);
/* Reads what nobody wanted. */
void conn_drain(struct conn *c);
/* The same for a body that may be endless: takes only what is there already.  Where more is to
 * come, the connection serves no further request. */
void conn_drain_some(struct conn *c);
/* For a request that will wait: frees what reading it needed.  All of it has been read. */
void conn_end_reading(struct conn *c);
/* From now on who takes nothing for so long is gone (streams). */
void conn_drop_slow_reader(struct conn *c, int secs);
/* Whether 32 KB more can be written without waiting for who reads. */
bool conn_has_room(const struct conn *c);
/* False: the client is gone. */
bool conn_write(struct conn *c, const void *bytes, size_t n);
bool conn_flush(struct conn *c);

#endif
