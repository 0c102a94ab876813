#ifndef CARRELD_WEB_H
#define CARRELD_WEB_H
/* What the three web servers' configurations have in common, derived from cgi/routes.def. */
#include <stdbool.h>

#include "carreld.h"

#define WEB_DEFAULT "pages"	/* the plugin that gets every address no other one has */
#define WEB_BODY_MAX_KB 12288	/* lighttpd and nginx answer 413 to larger bodies */

struct web_route {
	const char *plugin, *path, *flags;
};
/* Tests only: another table than that of routes.def. */
void web_use_routes(const struct web_route *list, int count);

struct web_prefix {
	const char *plugin;
	char path[80];		/* "/api": it and all below it go to the plugin */
};

/* The prefixes of all plugins but the default one, each plugin's in a row; at most max; the
 * count. */
int web_prefixes(struct web_prefix *out, int max);
/* Regular expression of n prefixes of one plugin: they and all below them. */
void web_prefix_regex(FILE *to, const struct web_prefix *prefixes, int n);
/* How many of the n prefixes belong to the plugin of the first. */
int web_prefix_run(const struct web_prefix *prefixes, int n);
/* The plugins that have addresses below another one's prefix (/workspaces/{id}/files): these
 * must be asked for first.  The count. */
int web_inner(const char **plugins, int max);
/* Regular expression of those addresses of a plugin: they and all below them. */
void web_inner_regex(FILE *to, const char *plugin);
/* True when an address of the plugin has that flag of routes.def: STREAM, RAW. */
bool web_has_flag(const char *plugin, const char *flag);
/* Regular expression of the addresses with that flag, of one plugin or (NULL) of all. */
void web_flag_regex(FILE *to, const char *plugin, const char *flag);
/* text as a literal within a regular expression. */
void web_quote_regex(FILE *to, const char *text);
/* The form of a line of the access log, as our own log's (setting log): what each server calls
 * the parts, and how it wants a quote written.  No address is in it: that may hold a token; the
 * program that answered notes its pattern, under the same request id. */
struct web_log {
	const char *program, *time, *request, *method, *host, *status, *bytes, *took;
	const char *quote;
};
void web_log_form(FILE *to, const struct conf *c, const struct web_log *l);
/* The name of url without its port. */
void web_site_name(const struct conf *c, char *out, size_t size);

/* Files the web server answers itself: addresses and what is below build/www. */
struct web_file {
	const char *path, *file, *type;
};
extern const struct web_file web_files[];
extern const int web_file_count;

/* Statuses with which a web server answers by itself; failure/<status>.html is below build/www
 * (www/failures.json). */
extern const int web_failures[];
extern const int web_failure_count;

/* What is below static/ and web_shared: the end of a name, its type, and whether a .gz lies beside it. */
struct web_type {
	const char *ext, *type;
	bool has_gz;
};
extern const struct web_type web_types[];
extern const int web_type_count;
/* "css|js": the ends of names with a .gz beside them, for a regular expression. */
void web_gz_regex(FILE *to);

/* For how long static files may be kept: their names change with what is in them. */
#define WEB_KEEP "public, max-age=31536000, immutable"

/* Regular expression of an Accept-Encoding that takes gzip. */
#define WEB_ACCEPTS_GZIP "\\bgzip\\b(?!;q=0(\\.0*)?(,|$))"

/* Headers for every static answer: name, value. */
extern const char *const web_headers[][2];
extern const int web_header_count;

/* What comes with the images of sandboxes, on every host: the scripts of marimo's pages, and
 * the packages of frozen apps.  Below each address is a folder for each version, so all may
 * be kept.  www/sandbox has the addresses too. */
extern const struct web_shared {
	const char *address, *folder;	/* the folder is in build/www */
} web_shared[];
extern const int web_shared_count;
/* Their headers: a preview is a page without an origin, so others may have them. */
extern const char *const web_shared_headers[][2];
extern const int web_shared_header_count;

#endif
