#ifndef CARRELD_WEB_H
#define CARRELD_WEB_H
/* What the three web servers' configurations have in common, derived from cgi/routes.def. */
#include <stdbool.h>

#include "carreld.h"

#define WEB_DEFAULT "pages"	/* the plugin that gets every address no other one has */
#define WEB_BODY_MAX_KB 12288	/* larger bodies are refused with 413 by the web server */

struct web_prefix {
	const char *plugin;
	char path[80];		/* "/api": it and all below it go to the plugin */
};

/* The prefixes of all plugins but the default one; at most max; the count. */
int web_prefixes(struct web_prefix *out, int max);
/* Regular expression of the paths that stream (no buffering in between). */
void web_stream_regex(FILE *to);
/* text as a literal within a regular expression. */
void web_quote_regex(FILE *to, const char *text);
/* The name of url without its port, and that of the apps. */
void web_site_name(const struct conf *c, char *out, size_t size);

/* Files the web server answers itself: addresses and what is below build/www. */
struct web_file {
	const char *path, *file, *type;
};
extern const struct web_file web_files[];
extern const int web_file_count;

/* Headers for every static answer: name, value. */
extern const char *const web_headers[][2];
extern const int web_header_count;

#endif
