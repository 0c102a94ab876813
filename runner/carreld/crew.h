#ifndef CARRELD_CREW_H
#define CARRELD_CREW_H
/* What crew.c needs of the web server that it starts (server.c, ready.c). */
#include <stdbool.h>

#include "carreld.h"

/* Writes the configuration of the server named by the setting web; an error says what to
 * install where the server is not there. */
int crew_prepare_server(const struct conf *c, struct err *e);
/* In the child, as its user: becomes the web server.  Returns only on failure. */
void crew_exec_server(const struct conf *c);
/* The web server of frozen apps: lighttpd, whatever the setting web says, because it listens at
 * a socket that the gate alone can reach.  Where it is not installed there is none: frozen
 * apps are then woken like others. */
bool crew_has_static(void);
int crew_prepare_static(struct err *e);
void crew_exec_static(void);
/* Keeps CAP_NET_BIND_SERVICE over exec. */
void crew_keep_port_capability(void);
/* ready.c: true when GET /health answers 200. */
bool crew_answers(const struct conf *c);
bool crew_model_is_sample(const struct conf *c);

#endif
