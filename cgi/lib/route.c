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

static bool
matches(const char *pattern, const char *path, char id[ID_SIZE])
{
	const char *hole = strstr(pattern, "{id}");
	size_t n = hole ? (size_t)(hole - pattern) : strlen(pattern);

	if (strncmp(pattern, path, n) != 0)
		return false;
	if (!hole)
		return path[n] == '\0';
	if (strlen(path + n) < ID_LEN || strcmp(path + n + ID_LEN, hole + 4) != 0)
		return false;
	memcpy(id, path + n, ID_LEN);
	id[ID_LEN] = '\0';
	return id_is_valid(id);
}

const struct route *
route_find(const char *method, const char *path, char id[ID_SIZE], struct buf *allow,
    struct err *e)
{
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

	id[0] = '\0';
	for (int i = 0; i < route_count; i++) {
		const char *have = route_methods[routes[i].method];

		if (!matches(routes[i].path, path, id))
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
