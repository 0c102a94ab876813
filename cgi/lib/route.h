#ifndef CGI_ROUTE_H
#define CGI_ROUTE_H
/*
 * The table of routes.def.  An endpoint is there (not NULL) in the plugin that holds it.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/rand.h"
#include "endpoint.h"

enum route_method { GET, POST, PATCH, DELETE, METHODS };
enum route_who { ANYONE, CALLER, WORKSPACE, ADMIN, OPERATOR, SCRAPER };
enum route_flag { BIG = 1, STREAM = 2, WAIT = 4, PAGE = 8, RAW = 16, OWN = 32 };

struct route {
	const char *plugin;
	enum route_method method;
	const char *path;
	const char *name;		/* of the endpoint: "apps_list" */
	const struct endpoint *endpoint;	/* NULL in the other plugins */
	enum route_who who;
	int flags;
	const char *summary;
};

extern const struct route routes[];
extern const int route_count;
extern const char *const route_methods[METHODS];

/* What stands in the path for a hole other than {id}, as it was sent; len 0: nothing. */
struct route_part {
	const char *at;
	size_t len;
};

/* The route of a method and a path without query; id is that of the path, if it has one.
 * MISSING, or METHOD with what is allowed written to `allow` ("GET, HEAD, DELETE"). */
const struct route *route_find(const char *method, const char *path, char id[ID_SIZE],
    struct route_part *part, struct buf *allow, struct err *e);
/* A bug where a route of the plugin has no endpoint. */
void route_check(const char *plugin);

#endif
