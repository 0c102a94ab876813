#ifndef CARRELD_H
#define CARRELD_H
/*
 * The supervisor.  Two processes: the outer one stays in the caller's world, forwards
 * signals and removes cgroups; the inner one is PID 1 of a private pid and mount namespace,
 * in which everything else lives.  When the inner one ends, for whatever reason, the kernel
 * ends every process in there and drops every mount: nothing can be left behind but empty
 * cgroups, which the outer one (or the next start) removes.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "../../shared/base/err.h"
#include "../../shared/conf/conf.h"

#define RUN "/run/carrel"

struct place {
	char build[PATH_MAX];	/* absolute: disposable things */
	char var[PATH_MAX];	/* absolute: the state */
	char bin[PATH_MAX];	/* absolute: folder of the programs */
	char instance[33];	/* names the cgroups; derived from var, so it survives a crash */
	int var_lock;		/* held while we run: one Carrel per var */
	int run_lock;		/* as well, of the host's RUN, where it is shared */
};

/* web = none: a web server of the host's own reaches us, in the host's own RUN. */
static inline bool
conf_is_shared(const struct conf *c)
{
	return strcmp(c->web, "none") == 0;
}

/* place.c: finds and makes the folders, takes the lock. */
int place_find(const struct conf *c, struct place *p, struct err *e);
/* place.c: inside the namespaces: mounts, sockets' folders, the writer lock, the schema. */
int place_enter(const struct conf *c, const struct place *p, struct err *e);
/* place.c: at the end, in the same place: takes away what the host could see. */
void place_leave(const struct conf *c);
/* place.c: the folder that keeps a web server of the host from build/www, or NULL. */
const char *place_closed_folder(const struct place *p, char out[PATH_MAX]);

/* port.c: a listen address that is free, or an error that says what to do. */
int port_choose(struct conf *c, struct err *e);

/* cgroup.c: kills what is left in this instance's cgroups and removes them; 0 when gone. */
int cgroup_clear(const char *instance);

/* crew.c: the inner process; returns the exit status of Carrel. */
int crew_run(const struct conf *c, const struct place *p, int console_fd);

/* web_*.c: writes a web server's configuration.  is_ours: for the one that carreld starts
 * (its own user, pid file, listen); else for a distribution's own server, as in examples/. */
struct web_place {
	const struct conf *conf;
	bool is_ours;
	const char *www;	/* folder of built web assets, as the web server sees it */
};
typedef void web_print_fn(FILE *to, const struct web_place *w);
web_print_fn web_lighttpd, web_apache, web_nginx;
/* Of the lighttpd that hands out frozen apps to the gate; of w nothing is used. */
web_print_fn web_static;

#endif
