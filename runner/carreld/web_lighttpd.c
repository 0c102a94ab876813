#include <string.h>

#include "../../shared/base/mem.h"
#include "web.h"

static void
print_backend(FILE *to, const char *plugin)
{
	fprintf(to, "\"\" => (( \"socket\" => \"" RUN "/fcgi/%s.sock\", "
	    "\"check-local\" => \"disable\" ))", plugin);
}

static void
print_head(FILE *to, const struct web_place *w)
{
	fprintf(to, "# lighttpd for Carrel; printed by `carreld print lighttpd`.\n");
	fprintf(to, "server.modules = ( \"mod_alias\", \"mod_rewrite\", \"mod_setenv\", \"mod_fastcgi\", "
	    "\"mod_proxy\" )\n");
	if (w->is_ours)
		fprintf(to, "server.port = %d\nserver.bind = \"%s%s%s\"\n"
		    "server.errorlog = \"/dev/stderr\"\n"
		    "server.upload-dirs = ( \"" RUN "/web\" )\n"
		    "server.max-fds = 16384\nserver.listen-backlog = 1024\n", (int)w->conf->port,
		    strchr(w->conf->host, ':') ? "[" : "", w->conf->host,
		    strchr(w->conf->host, ':') ? "]" : "");
	else
		fprintf(to, "# Put TLS here, and the port and user your system uses.\n"
		    "server.port = 80\nserver.username = \"www-data\"\nserver.groupname = \"carrel\"\n"
		    "server.max-fds = 16384\n");
	fprintf(to, "server.document-root = \"%s/static\"\n"
	    "server.max-request-size = %d\nserver.max-request-field-size = 16384\n"
	    "server.http-parseopts = ( \"header-strict\" => \"enable\", \"host-strict\" => \"enable\",\n"
	    "\t\"host-normalize\" => \"enable\", \"url-normalize\" => \"disable\", "
	    "\"url-ctrls-reject\" => \"enable\" )\n"
	    "server.feature-flags = ( \"server.graceful-restart-bg\" => \"enable\",\n"
	    "\t\"server.graceful-shutdown-timeout\" => 3 )\n"
	    "server.tag = \"\"\nserver.max-keep-alive-requests = 1000\n", w->www, WEB_BODY_MAX_KB);
	fprintf(to, "mimetype.assign = ( \".css\" => \"text/css; charset=utf-8\", "
	    "\".css.gz\" => \"text/css; charset=utf-8\",\n\t\".js\" => \"text/javascript; charset=utf-8\", "
	    "\".js.gz\" => \"text/javascript; charset=utf-8\",\n\t\".svg\" => \"image/svg+xml\", "
	    "\".svg.gz\" => \"image/svg+xml\", \".woff2\" => \"font/woff2\",\n\t\".json\" => "
	    "\"application/json\", \".txt\" => \"text/plain; charset=utf-8\", \".png\" => \"image/png\" )\n\n");
}

/* Everything below the apps' domain goes to the gate, byte by byte, WebSockets too. */
static void
print_apps(FILE *to, const struct web_place *w)
{
	char site[256];

	web_site_name(w->conf, site, sizeof(site));
	fprintf(to, "$HTTP[\"host\"] =~ \"^(?!");
	web_quote_regex(to, site);
	fprintf(to, "(:[0-9]+)?$)[^.:]+\\.");
	web_quote_regex(to, w->conf->apps_domain);
	fprintf(to, "(:[0-9]+)?$\" {\n"
	    "\tproxy.server = ( \"\" => (( \"host\" => \"" RUN "/gate.sock\" )) )\n"
	    "\tproxy.header = ( \"upgrade\" => \"enable\" )\n"
	    "\tserver.stream-response-body = 1\n"
	    "\tserver.max-read-idle = 86400\n\tserver.max-write-idle = 86400\n}\n");
}

static void
print_static(FILE *to, const struct web_place *w)
{
	fprintf(to, "else $HTTP[\"url\"] =~ \"^/static/\" {\n"
	    "\t\talias.url = ( \"/static/\" => \"%s/static/\" )\n"
	    "\t\tsetenv.add-response-header = ( ", w->www);
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "\"%s\" => \"%s\", ", web_headers[i][0], web_headers[i][1]);
	fprintf(to, "\"Vary\" => \"Accept-Encoding\",\n"
	    "\t\t\t\"Cache-Control\" => \"public, max-age=31536000, immutable\" )\n"
	    "\t\t$REQUEST_HEADER[\"Accept-Encoding\"] =~ \"gzip\" {\n"
	    "\t\t\t$HTTP[\"url\"] =~ \"\\.(css|js|svg)$\" {\n"
	    "\t\t\t\turl.rewrite-once = ( \"^(/static/[^?]*)\" => \"$1.gz\" )\n"
	    "\t\t\t}\n\t\t}\n"
	    "\t\t$HTTP[\"url\"] =~ \"\\.gz$\" {\n"
	    "\t\t\tsetenv.set-response-header = ( \"Content-Encoding\" => \"gzip\" )\n\t\t}\n\t}");
	fprintf(to, "\nelse $HTTP[\"url\"] =~ \"^/(");
	for (int i = 0; i < web_file_count; i++) {
		fputs(i ? "|" : "", to);
		web_quote_regex(to, web_files[i].path + 1);
	}
	fprintf(to, ")$\" {\n\t\talias.url = ( ");
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "%s\"%s\" => \"%s/%s\"", i ? ", " : "", web_files[i].path, w->www,
		    web_files[i].file);
	fprintf(to, " )\n\t\tsetenv.add-response-header = ( \"X-Content-Type-Options\" => \"nosniff\" )\n\t}");
}

static void
print_plugins(FILE *to)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));

	for (int i = 0; i < n; i++) {
		fprintf(to, " else $HTTP[\"url\"] =~ \"^");
		web_quote_regex(to, prefixes[i].path);
		fprintf(to, "(/|$)\" {\n\t\tfastcgi.server = ( ");
		print_backend(to, prefixes[i].plugin);
		fprintf(to, " )\n\t\t$HTTP[\"url\"] =~ \"");
		web_stream_regex(to);
		fprintf(to, "\" { server.stream-response-body = 1 }\n\t}");
	}
	fprintf(to, " else $HTTP[\"url\"] =~ \"\" {\n\t\tfastcgi.server = ( ");
	print_backend(to, WEB_DEFAULT);
	fprintf(to, " )\n\t}\n");
}

void
web_lighttpd(FILE *to, const struct web_place *w)
{
	print_head(to, w);
	print_apps(to, w);
	print_static(to, w);
	print_plugins(to);
}
