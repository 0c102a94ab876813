#ifndef CGI_SERVE_H
#define CGI_SERVE_H
/*
 * The accept loop: a few threads on one epoll set of the listening socket, a stop signal,
 * the bell, a clock, and whatever is parked.
 */
#include "site.h"

/* Serves until SIGTERM or SIGINT; then finishes what runs and ends what waits. */
int serve_fastcgi(const struct site *s, int listen_fd, int threads, struct err *e);
/* The one request of the environment and stdin. */
int serve_cgi(const struct site *s, struct err *e);

#endif
