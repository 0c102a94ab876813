#include <string.h>

#include "../../shared/base/mem.h"
#include "route.h"

/* Weak: an endpoint that this plugin does not hold is NULL here. */
#define ROUTE(plugin, method, path, symbol, who, flags, summary) \
	extern const struct endpoint symbol __attribute__((weak));
#include "../routes.def"
#undef ROUTE

const struct route routes[] = {
#define ROUTE(plugin, method, path, symbol, who, flags, summary) \
	{#plugin, method, path, #symbol, &symbol, who, flags, summary},
#include "../routes.def"
#undef ROUTE
};
const int route_count = COUNT(routes);

const char *const route_methods[METHODS] = {"GET", "POST", "PATCH", "DELETE"};

/* A hole takes one segment, {path} all that is left; none is empty. */
static bool
matches(const char *pattern, const char *path, char id[ID_SIZE], struct route_part *part)
{
	while (*pattern) {
		bool is_rest = strncmp(pattern, "{path}", 6) == 0;
		size_t n = is_rest ? strlen(path) : strcspn(path, "/");

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		if (n == 0)
			return false;
		if (strncmp(pattern, "{id}", 4) != 0) {
			*part = (struct route_part){path, n};
		} else {
			if (n != ID_LEN)
				return false;
			memcpy(id, path, ID_LEN);
			id[ID_LEN] = '\0';
			if (!id_is_valid(id))
				return false;
		}
		pattern += strcspn(pattern, "}") + 1;
		path += n;
	}
	return *path == '\0';
}

const struct route *
route_find(const char *method, const char *path, char id[ID_SIZE], struct route_part *part,
    struct buf *allow, struct err *e)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

	id[0] = '\0';
	*part = (struct route_part){0};
	for (int i = 0; i < route_count; i++) {
		const char *have = route_methods[routes[i].method];

		if (!matches(routes[i].path, path, id, part))
			continue;
		if (strcmp(have, wanted) == 0)
			return &routes[i];
		buf_fmt(allow, "%s%s%s", allow->len ? ", " : "", have,
		    routes[i].method == GET ? ", HEAD" : "");
	}
	if (allow->len)
		err_set(e, ERR_METHOD, "This address answers %s only.", allow->at);
	else
		err_set(e, ERR_MISSING, "There is nothing at this address.");
	return NULL;
}

void
route_check(const char *plugin)
{
	for (int i = 0; i < route_count; i++)
		if (strcmp(routes[i].plugin, plugin) == 0 && !routes[i].endpoint)
			BUG("%s has no %s", plugin, routes[i].name);
}
