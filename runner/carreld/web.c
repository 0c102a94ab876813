#include <string.h>

#include "../../shared/base/mem.h"
#include "web.h"

static const struct web_route table[] = {
#define ROUTE(plugin, method, path, endpoint, who, flags, summary) \
	{#plugin, path, #flags},
#include "../../cgi/routes.def"
#undef ROUTE
};
static struct {
	const struct web_route *list;
	int count;
} routes = {table, COUNT(table)};

void
web_use_routes(const struct web_route *list, int count)
{
	routes.list = list;
	routes.count = count;
}

const struct web_file web_files[] = {
	{"/favicon.svg", "favicon.svg", "image/svg+xml"},
	{"/robots.txt", "robots.txt", "text/plain; charset=utf-8"},
	{"/openapi.json", "openapi.json", "application/json"},
};
const int web_file_count = COUNT(web_files);

const int web_failures[] = {400, 408, 413, 414, 431, 500, 502, 503, 504};
const int web_failure_count = COUNT(web_failures);

const struct web_type web_types[] = {
	{"css", "text/css; charset=utf-8", true},
	{"js", "text/javascript; charset=utf-8", true},
	{"svg", "image/svg+xml", true},
	{"wasm", "application/wasm", true},
	{"ttf", "font/ttf", true},
	{"json", "application/json", true},
	{"woff2", "font/woff2", false},
	{"woff", "font/woff", false},
	{"png", "image/png", false},
	{"ico", "image/x-icon", false},
};
const int web_type_count = COUNT(web_types);

const char *const web_headers[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};
const int web_header_count = COUNT(web_headers);

const struct web_shared web_shared[] = {
	{"/__carrel/marimo/", "marimo"},
	{"/__carrel/vite/", "vite"},
};
const int web_shared_count = COUNT(web_shared);

const char *const web_shared_headers[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"Access-Control-Allow-Origin", "*"},
	{"Cross-Origin-Resource-Policy", "cross-origin"},
};
const int web_shared_header_count = COUNT(web_shared_headers);

/* Length of the first segment, its slash included. */
static size_t
first_segment(const char *path)
{
	return 1 + strcspn(path + 1, "/");
}

static bool
is_shared_segment(const char *path, const char *plugin)
{
	size_t n = first_segment(path);

	for (int i = 0; i < routes.count; i++)
		if (strcmp(routes.list[i].plugin, plugin) &&
		    first_segment(routes.list[i].path) == n &&
		    strncmp(routes.list[i].path, path, n) == 0)
			return true;
	return false;
}

/* Adds path's prefix unless it is there. */
static int
add_prefix(struct web_prefix *out, int n, int max, const char *plugin, const char *path)
{
	size_t len = strcspn(path, "{");

	if (!is_shared_segment(path, plugin))
		len = first_segment(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	for (int k = 0; k < n; k++)
		if (strlen(out[k].path) == len && strncmp(out[k].path, path, len) == 0)
			return n;
	if (n == max || len >= sizeof(out[0].path))
		BUG("more or longer prefixes than fit");
	out[n].plugin = plugin;
	snprintf(out[n].path, sizeof(out[n].path), "%.*s", (int)len, path);
	return n + 1;
}

/* Whether an address lies below those of a plugin further up in the table: then only what
 * stands behind its hole tells whose it is. */
static bool
is_inner(int route)
{
	const char *path = routes.list[route].path;
	size_t len = strcspn(path, "{");

	if (len < 2 || !strchr(path + len, '/'))
		return false;
	for (int i = 0; i < route; i++)
		if (strcmp(routes.list[i].plugin, routes.list[route].plugin) &&
		    strncmp(routes.list[i].path, path, len - 1) == 0 &&
		    strchr("/", routes.list[i].path[len - 1]))
			return true;
	return false;
}

int
web_prefixes(struct web_prefix *out, int max)
{
	int n = 0;

	for (int i = 0; i < routes.count; i++) {
		const char *plugin = routes.list[i].plugin;
		bool is_done = strcmp(plugin, WEB_DEFAULT) == 0;

		for (int k = 0; k < n; k++)
			is_done |= strcmp(out[k].plugin, plugin) == 0;
		for (int k = i; k < routes.count && !is_done; k++)
			if (strcmp(routes.list[k].plugin, plugin) == 0 && !is_inner(k))
				n = add_prefix(out, n, max, plugin, routes.list[k].path);
	}
	return n;
}

int
web_prefix_run(const struct web_prefix *prefixes, int n)
{
	int run = 0;

	while (run < n && strcmp(prefixes[run].plugin, prefixes[0].plugin) == 0)
		run++;
	return run;
}

void
web_quote_regex(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (strchr(".+*?()[]{}|^$\\", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
}

void
web_prefix_regex(FILE *to, const struct web_prefix *prefixes, int n)
{
	fputs(n > 1 ? "^(" : "^", to);
	for (int i = 0; i < n; i++) {
		fputs(i ? "|" : "", to);
		web_quote_regex(to, prefixes[i].path);
	}
	fputs(n > 1 ? ")(/|$)" : "(/|$)", to);
}

/* A path up to {path}, or up to its end, as a pattern. */
static void
print_pattern(FILE *to, const char *path)
{
	for (; *path && strcmp(path, "/{path}") != 0; path++) {
		char one[2] = {*path, '\0'};

		if (*path == '{') {
			fputs("[^/]+", to);
			path += strcspn(path, "}");
		} else {
			web_quote_regex(to, one);
		}
	}
}

/* Whether all of path is below another inner path of its plugin, or the same further up. */
static bool
is_covered(int route)
{
	const char *path = routes.list[route].path;

	for (int i = 0; i < routes.count; i++) {
		size_t n = strlen(routes.list[i].path);

		if (i != route && strcmp(routes.list[i].plugin, routes.list[route].plugin) == 0 &&
		    strncmp(routes.list[i].path, path, n) == 0 &&
		    (path[n] == '/' || (!path[n] && i < route)))
			return true;
	}
	return false;
}

void
web_inner_regex(FILE *to, const char *plugin)
{
	bool is_first = true;

	fputs("^(", to);
	for (int i = 0; i < routes.count; i++) {
		if (strcmp(routes.list[i].plugin, plugin) || !is_inner(i) || is_covered(i))
			continue;
		fputs(is_first ? "" : "|", to);
		is_first = false;
		print_pattern(to, routes.list[i].path);
	}
	fputs(")(/|$)", to);
}

int
web_inner(const char **plugins, int max)
{
	int n = 0;

	for (int i = 0; i < routes.count; i++) {
		bool is_there = !is_inner(i);

		for (int k = 0; k < n; k++)
			is_there |= strcmp(plugins[k], routes.list[i].plugin) == 0;
		if (!is_there && n < max)
			plugins[n++] = routes.list[i].plugin;
	}
	return n;
}

bool
web_has_flag(const char *plugin, const char *flag)
{
	for (int i = 0; i < routes.count; i++)
		if (strcmp(routes.list[i].plugin, plugin) == 0 &&
		    strstr(routes.list[i].flags, flag))
			return true;
	return false;
}

void
web_flag_regex(FILE *to, const char *plugin, const char *flag)
{
	bool is_first = true;

	fputs("^(", to);
	for (int i = 0; i < routes.count; i++) {
		const struct web_route *r = &routes.list[i];

		if ((plugin && strcmp(r->plugin, plugin)) || !strstr(r->flags, flag))
			continue;
		fputs(is_first ? "" : "|", to);
		is_first = false;
		print_pattern(to, r->path);
		if (strstr(r->path, "{path}"))
			fputs("/.+", to);
	}
	fputs(")$", to);
}

void
web_gz_regex(FILE *to)
{
	bool is_first = true;

	for (int i = 0; i < web_type_count; i++) {
		if (!web_types[i].has_gz)
			continue;
		fprintf(to, "%s%s", is_first ? "" : "|", web_types[i].ext);
		is_first = false;
	}
}

void
web_site_name(const struct conf *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->site);
	out[strcspn(out, ":")] = '\0';
}

void
web_log_form(FILE *to, const struct conf *c, const struct web_log *l)
{
	bool is_json = strcmp(c->log, "json") == 0;
	const char *q = l->quote, *k = is_json ? q : "", *is = is_json ? ":" : "=";
	const char *values[][2] = {{"ts", l->time}, {"level", "info"}, {"prog", l->program},
	    {"req", l->request}, {"at", "access"}};

	fputs(is_json ? "{" : "", to);
	for (size_t i = 0; i < COUNT(values); i++)
		fprintf(to, "%s%s%s%s%s%s%s%s", i == 0 ? "" : is_json ? "," : " ", k, values[i][0], k,
		    is, k, values[i][1], k);
	fprintf(to, "%s%smsg%s%s%s%s at %s: %s, %s bytes, %s%s%s", is_json ? "," : " ", k, k, is, q,
	    l->method, l->host, l->status, l->bytes, l->took, q, is_json ? "}" : "");
}
