#ifndef TESTS_API_FCGI_H
#define TESTS_API_FCGI_H
/*
 * A plugin as a FastCGI server in the lab's run folder, one at a time, and what a web server
 * says to it.
 */
#include "lab.h"

extern pid_t fcgi_server;

void fcgi_start(const char *plugin);
int fcgi_stop(void);		/* with SIGTERM; what waitpid says of it */
int fcgi_connect(void);
void fcgi_ask(int fd, bool is_kept, const char *method, const char *uri, const char *body);
/* With the token as Bearer; NULL: none. */
void fcgi_ask_as(int fd, bool is_kept, const char *method, const char *uri, const char *body,
    const char *token);
/* What it says until `stop` has been said, or (NULL) until the request ended; in the arena. */
const char *fcgi_hear(int fd, const char *stop);
bool fcgi_is_closed(int fd);
int fcgi_fds(void);
/* Waits (bounded) until it has no more than so many descriptors. */
void fcgi_wait_fds(int most);

#endif
