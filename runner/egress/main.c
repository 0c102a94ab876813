/*
 * egress: the only way out of a sandbox.  It gives packages, from a cache that all
 * workspaces share, and nothing else.
 *
 * Killed at any moment, it loses only what was under way; clients ask again.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/guard/promise.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/count.h"
#include "door.h"
#include "job.h"

static int
open_all(struct egress *g, struct err *e)
{
	if (conf_load(&g->conf, e) < 0)
		return -1;
	log_open("egress", g->conf.verbose);
	count_open("egress");
	limit_load(limit_rows, LIMITS, g->limits);
	g->loop = loop_new();
	g->cache = cache_open(CACHE, g->conf.package_cache << 20, e);
	if (!g->cache || registry_load(g, e) < 0 || door_open_all(g, e) < 0)
		return -1;
	return promise(PROMISE_THREADS | PROMISE_INET, e);
}

int
main(void)
{
	static struct egress g;
	struct err e;

	log_open("egress", false);
	if (open_all(&g, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	log_info("the cache holds %d things, %lld MB", cache_count(g.cache),
	    (long long)cache_bytes(g.cache) >> 20);
	alive_start(g.loop, "egress");
	loop_run(g.loop);
	door_close_all(&g);
	job_stop_all(&g);
	multi_free(g.multi);
	cache_close(g.cache);
	loop_free(g.loop);
	return 0;
}
