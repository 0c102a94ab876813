/*
 * Every plugin's main: `apps.fcgi <fd>` serves FastCGI on a listening socket that it was
 * given; without an argument, and with GATEWAY_INTERFACE set, it answers one CGI request.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/guard/promise.h"
#include "../../shared/wire/count.h"
#include "conn.h"
#include "route.h"
#include "serve.h"

/* Threads: many where requests are many, or, as uploads do, hold one for long; each costs a
 * SQLite cache.  more: what it promises beyond the others. */
static const struct size {
	const char *plugin;
	int threads;
	unsigned more;
} sizes[] = {
	{"apps", 8, 0}, {"notebooks", 8, 0}, {"files", 16, PROMISE_LINKS}, {"pages", 4, 0},
	{"system", 2, 0},
};

static struct size
size_of(const char *plugin)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		if (strcmp(sizes[i].plugin, plugin) == 0)
			return sizes[i];
	return (struct size){plugin, 4, 0};
}

/* Each parked stream is two descriptors. */
static void
raise_fd_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static int
run(const char *plugin, int argc, char **argv, struct site *s, struct err *e)
{
	const struct size size = size_of(plugin);
	uint64_t fd;

	conn_init();
	if (site_load(s, plugin, e) < 0)
		return -1;
	log_open(s->plugin, s->conf.verbose);
	route_check(plugin);
	raise_fd_limit();
	count_open(plugin);
	if (promise(PROMISE_UNIX | PROMISE_THREADS | size.more, e) < 0)
		return -1;
	if (argc == 2 && num_u64(argv[1], 65535, &fd))
		return serve_fastcgi(s, (int)fd, size.threads, e);
	if (argc == 1 && getenv("GATEWAY_INTERFACE"))
		return serve_cgi(s, e);
	return err_set(e, ERR_INPUT, "usage: %s.fcgi <descriptor of a listening socket>", plugin);
}

int
main(int argc, char **argv)
{
	static struct site site;
	char plugin[32];
	struct err e = {0};

	snprintf(plugin, sizeof(plugin), "%.*s",
	    (int)strcspn(program_invocation_short_name, "."), program_invocation_short_name);
	log_open(plugin, false);
	if (run(plugin, argc, argv, &site, &e) == 0)
		return 0;
	log_error("%s", e.text);
	return 1;
}
