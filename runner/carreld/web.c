#include <string.h>

#include "../../shared/base/mem.h"
#include "web.h"

static const struct {
	const char *plugin, *path, *flags;
} routes[] = {
#define ROUTE(plugin, method, path, endpoint, who, flags, summary) \
	{#plugin, path, #flags},
#include "../../cgi/routes.def"
#undef ROUTE
};

const struct web_file web_files[] = {
	{"/favicon.svg", "favicon.svg", "image/svg+xml"},
	{"/robots.txt", "robots.txt", "text/plain; charset=utf-8"},
	{"/openapi.json", "openapi.json", "application/json"},
};
const int web_file_count = COUNT(web_files);

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

const char *const web_marimo_headers[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"Access-Control-Allow-Origin", "*"},
	{"Cross-Origin-Resource-Policy", "cross-origin"},
};
const int web_marimo_header_count = COUNT(web_marimo_headers);

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

	for (size_t i = 0; i < COUNT(routes); i++)
		if (strcmp(routes[i].plugin, plugin) &&
		    first_segment(routes[i].path) == n &&
		    strncmp(routes[i].path, path, n) == 0)
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

int
web_prefixes(struct web_prefix *out, int max)
{
	int n = 0;

	for (size_t i = 0; i < COUNT(routes); i++) {
		const char *plugin = routes[i].plugin;
		bool is_done = strcmp(plugin, WEB_DEFAULT) == 0;

		for (int k = 0; k < n; k++)
			is_done |= strcmp(out[k].plugin, plugin) == 0;
		for (size_t k = i; k < COUNT(routes) && !is_done; k++)
			if (strcmp(routes[k].plugin, plugin) == 0)
				n = add_prefix(out, n, max, plugin, routes[k].path);
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

bool
web_has_stream(const char *plugin)
{
	for (size_t i = 0; i < COUNT(routes); i++)
		if (strcmp(routes[i].plugin, plugin) == 0 &&
		    strstr(routes[i].flags, "STREAM"))
			return true;
	return false;
}

static void
print_pattern(FILE *to, const char *path)
{
	for (; *path; path++) {
		char one[2] = {*path, '\0'};

		if (*path == '{') {
			fputs("[^/]+", to);
			path += strcspn(path, "}");
		} else {
			web_quote_regex(to, one);
		}
	}
}

void
web_stream_regex(FILE *to, const char *plugin)
{
	bool is_first = true;

	fputs("^(", to);
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (strcmp(routes[i].plugin, plugin) || !strstr(routes[i].flags, "STREAM"))
			continue;
		fputs(is_first ? "" : "|", to);
		is_first = false;
		print_pattern(to, routes[i].path);
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
