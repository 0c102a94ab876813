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
	{"/robots.txt", "robots.txt", "text/plain"},
	{"/openapi.json", "openapi.json", "application/json"},
};
const int web_file_count = COUNT(web_files);

const char *const web_headers[][2] = {
	{"X-Content-Type-Options", "nosniff"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};
const int web_header_count = COUNT(web_headers);

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
		if (strcmp(routes[i].plugin, plugin) && first_segment(routes[i].path) == n &&
		    strncmp(routes[i].path, path, n) == 0)
			return true;
	return false;
}

int
web_prefixes(struct web_prefix *out, int max)
{
	int n = 0;

	for (size_t i = 0; i < COUNT(routes); i++) {
		const char *path = routes[i].path;
		size_t len = strcspn(path, "{");
		int k;

		if (strcmp(routes[i].plugin, WEB_DEFAULT) == 0)
			continue;
		if (!is_shared_segment(path, routes[i].plugin))
			len = first_segment(path);
		while (len > 1 && path[len - 1] == '/')
			len--;
		for (k = 0; k < n; k++)
			if (strlen(out[k].path) == len && strncmp(out[k].path, path, len) == 0)
				break;
		if (k < n || n == max || len >= sizeof(out[0].path))
			continue;
		out[n].plugin = routes[i].plugin;
		snprintf(out[n++].path, sizeof(out[0].path), "%.*s", (int)len, path);
	}
	return n;
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
web_stream_regex(FILE *to)
{
	bool is_first = true;

	fputs("^(", to);
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (!strstr(routes[i].flags, "STREAM"))
			continue;
		fputs(is_first ? "" : "|", to);
		is_first = false;
		for (const char *p = routes[i].path; *p; p++) {
			if (*p == '{') {
				fputs("[^/]+", to);
				p += strcspn(p, "}");
			} else {
				char one[2] = {*p, '\0'};

				web_quote_regex(to, one);
			}
		}
	}
	fputs(")$", to);
}

void
web_site_name(const struct conf *c, char *out, size_t size)
{
	snprintf(out, size, "%s", c->site);
	out[strcspn(out, ":")] = '\0';
}
