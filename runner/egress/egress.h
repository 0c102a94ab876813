#ifndef EGRESS_EGRESS_H
#define EGRESS_EGRESS_H
/*
 * What the parts of egress share.  One thread; nothing in here is locked.
 */
#include <sys/socket.h>

#include "../../shared/base/limit.h"
#include "../../shared/conf/conf.h"
#include "../../shared/wire/multi.h"
#include "cache.h"
#include "ecosystem.h"
#include "where.h"

#define DOORS "/run/carrel/egress"	/* a folder for each sandbox, made by launch */
#define DOOR_SOCKET "egress.sock"
#define CACHE "/run/carrel/var/cache"
#define REGISTRIES "/run/carrel/build/registries.conf"

enum limit {
#define LIMIT(name, value, status, sentence) LIMIT_##name,
#include "limit.def"
#undef LIMIT
	LIMITS
};

#define HOME_ADDRESSES 16

struct egress {
	struct loop *loop;
	struct conf conf;
	int64_t limits[LIMITS];
	struct cache *cache;
	struct multi *multi;		/* NULL before the first fetch */
	char indexes[ECOSYSTEMS][URL_SIZE];	/* as set; "": the machine has none */
	struct origin homes[ECOSYSTEMS];	/* the same taken apart, by registry_home */
	struct sockaddr_storage at_home[HOME_ADDRESSES];	/* where homes were met */
	int at_home_count;
	int proxy_port;			/* of the environment's proxy; 0: none */
	struct job *jobs;		/* all of them */
	struct door *doors;		/* all of them */
	int folders, inotify;		/* folders: DOORS, O_PATH */
	int conn_count;
};

/* limit.c: what limit.def says of each. */
extern const struct limit_row limit_rows[LIMITS];

/* registry.c: where the ecosystems' indexes are: the setting, else what the machine's own
 * clients use (REGISTRIES). */
int registry_load(struct egress *g, struct err *e);
/* Fills homes[eco] when it is first needed: that takes libcurl (library.h). */
int registry_home(struct egress *g, enum ecosystem_id eco, struct err *e);

#endif
