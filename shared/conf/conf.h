#ifndef CONF_CONF_H
#define CONF_CONF_H
/*
 * The settings of conf.def.
 *
 * carreld reads the environment and the file; every other program is given, by its
 * environment alone, just the settings it may read.  So no program but author holds a
 * provider's key, and none opens the file.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/err.h"

enum conf_reader {
	CONF_NONE = 0,
	CONF_WEB = 1,		/* the cgi plugins */
	CONF_GATE = 2,
	CONF_KEEP = 4,
	CONF_AUTHOR = 8,
	CONF_LAUNCH = 16,
	CONF_EGRESS = 32,
	CONF_ALL = 63,
};

struct conf {
#define CONF_C_TEXT const char *
#define CONF_C_SECRET const char *
#define CONF_C_NUMBER int64_t
#define CONF_C_FLAG bool
#define CONF(type, name, def, min, max, unit, readers, other, doc) CONF_C_##type name;
#include "conf.def"
#undef CONF
	/* Made from the others by conf_load. */
	const char *host;	/* "127.0.0.1" of listen; an IPv6 address without its brackets */
	int64_t port;		/* of listen, or after conf_set_port */
	const char *site;	/* "localhost:8080" of url: the Host of the control plane */
	const char *scheme;	/* "http" or "https", of url */
	bool has_url;		/* url was given, not derived from the port */
};

/* uids (and gids of the same number) of the processes, counted from uid_base. */
enum conf_uid {
	UID_ROOT = -1,		/* not counted: 0 */
	UID_WORKLOAD,		/* inside sandboxes; on the host, files.fcgi has it, because
				   what it reads and writes is the workloads' */
	UID_WEB,
	UID_GATE,
	UID_RUN,
	UID_MODEL,
	UID_NET,
	UID_SERVER,		/* the web server that carreld starts */
	UID_SHARED,		/* only a gid: the group of all of them */
};

/* Environment, then (unless CARREL_SEALED is set) CARREL_CONF or ./carrel.conf or
 * /etc/carrel/carrel.conf, then defaults.  An unknown CARREL_ variable or file key, or a bad
 * value, is an INPUT error that names it, with the line.  Texts live as long as the process. */
int conf_load(struct conf *c, struct err *e);
/* The real port, once known (port 0): listen, url and site follow. */
void conf_set_port(struct conf *c, int port);
/* A NULL-terminated environment for a reader: its settings, CARREL_SEALED, PATH, the zone,
 * the certificate variables and, for who fetches packages, the proxies of this machine.  The
 * caller's, all of it; never freed (it goes into exec). */
char **conf_environment(const struct conf *c, enum conf_reader reader);
/* A commented carrel.conf with every setting. */
void conf_print_manual(FILE *to);
/* The address of a workspace: "http://<id>.<apps_domain>[:port]/"; out holds size bytes. */
void conf_app_url(const struct conf *c, const char *id, char *out, size_t size);

#endif
