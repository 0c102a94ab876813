#include <string.h>

#include "../../shared/base/mem.h"
#include "web.h"

#define HASHED "\\.[0-9a-f]{10}"	/* as www/build.mjs names what is below static/ */

static void
print_backend(FILE *to, const char *plugin)
{
	fprintf(to,
	    "\tfastcgi.server = ( \"\" => (( \"socket\" => \"" RUN "/fcgi/%s.sock\",\n"
	    "\t\t\"check-local\" => \"disable\" )) )\n",
	    plugin);
}

static void
print_ours(FILE *to, const struct conf *c)
{
	bool is_v6 = strchr(c->host, ':');

	fprintf(to,
	    "server.port = %d\nserver.bind = \"%s%s%s\"\n"
	    "server.errorlog = \"/dev/stderr\"\nserver.upload-dirs = ( \"" RUN
	    "/web\" )\n",
	    (int)c->port, is_v6 ? "[" : "", c->host, is_v6 ? "]" : "");
}

static void
print_theirs(FILE *to, const struct conf *c)
{
	fprintf(to,
	    "# lighttpd for Carrel; printed by `carreld print lighttpd`.\n#\n"
	    "# Carrel itself is told `web = none`, and its sockets are for its own "
	    "group:\n"
	    "#   groupadd --gid %d carrel && usermod --append --groups carrel www-data\n"
	    "# TLS: mod_openssl, ssl.engine and ssl.pemfile belong here.\n"
	    "server.port = 80\nserver.username = \"www-data\"\nserver.groupname = "
	    "\"www-data\"\n"
	    "server.pid-file = \"/run/lighttpd.pid\"\n"
	    "server.errorlog = \"/var/log/lighttpd/error.log\"\n"
	    "server.upload-dirs = ( \"/var/cache/lighttpd/uploads\" )\n",
	    (int)c->uid_base + UID_SHARED);
}

/* The id is that of the reply, made by the program that answered. */
static void
print_log(FILE *to, const struct web_place *w)
{
	const struct web_log l = {"lighttpd", "%{%Y-%m-%dT%H:%M:%SZ}t", "%{X-Request-Id}o", "%m",
	    "%{Host}i", "%>s", "%b", "%D us", "\\\""};

	if (!w->conf->access_log)
		return;
	fprintf(to, "server.modules += ( \"mod_accesslog\" )\naccesslog.filename = \"%s\"\n"
	    "accesslog.format = \"", w->is_ours ? "/dev/stderr" : "/var/log/lighttpd/access.log");
	web_log_form(to, w->conf, &l);
	fprintf(to, "\"\n");
}

static void
print_head(FILE *to, const struct web_place *w)
{
	if (w->is_ours)
		print_ours(to, w->conf);
	else
		print_theirs(to, w->conf);
	fprintf(to,
	    "server.modules = ( \"mod_alias\", \"mod_rewrite\", \"mod_setenv\", "
	    "\"mod_fastcgi\", \"mod_proxy\" )\n"
	    "server.document-root = \"%s/static\"\n"
	    "server.errorfile-prefix = \"%s/failure/\"\n"
	    "server.max-fds = 16384\nserver.listen-backlog = 1024\n"
	    "server.max-request-size = %d\nserver.max-request-field-size = 16384\n"
	    "server.max-keep-alive-requests = 1000\nserver.tag = \"\"\n"
	    "# Addresses reach the programs as they were sent.\n"
	    "server.http-parseopts = ( \"header-strict\" => \"enable\", \"host-strict\" "
	    "=> \"enable\",\n"
	    "\t\"host-normalize\" => \"enable\", \"url-normalize\" => \"disable\",\n"
	    "\t\"url-ctrls-reject\" => \"enable\" )\n"
	    "server.feature-flags = ( \"server.graceful-restart-bg\" => \"enable\",\n"
	    "\t\"server.graceful-shutdown-timeout\" => 3 )\n",
	    w->www, w->www, WEB_BODY_MAX_KB);
	print_log(to, w);
	fprintf(to, "mimetype.assign = (\n\t\".html\" => \"text/html; charset=utf-8\",\n");
	for (int i = 0; i < web_type_count; i++) {
		const struct web_type *t = &web_types[i];

		if (t->has_gz)
			fprintf(to, "\t\".%s.gz\" => \"%s\",\n", t->ext, t->type);
		fprintf(to, "\t\".%s\" => \"%s\",\n", t->ext, t->type);
	}
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "\t\"%s\" => \"%s\",\n", web_files[i].file, web_files[i].type);
	fprintf(to, ")\n\n");
}

/* Before the gate can see their addresses. */
static void
print_shared(FILE *to, const struct web_place *w, const struct web_shared *s)
{
	fprintf(to,
	    "$HTTP[\"url\"] =~ \"^%s\" {\n"
	    "\talias.url = ( \"%s\" => \"%s/%s/\" )\n"
	    "\tsetenv.add-response-header = (\n", s->address, s->address, w->www, s->folder);
	for (int i = 0; i < web_shared_header_count; i++)
		fprintf(to, "\t\t\"%s\" => \"%s\",\n", web_shared_headers[i][0],
		    web_shared_headers[i][1]);
	fprintf(to,
	    "\t\t\"Vary\" => \"Accept-Encoding\",\n\t)\n"
	    "\t$REQUEST_HEADER[\"Accept-Encoding\"] =~ \"" WEB_ACCEPTS_GZIP "\" {\n"
	    "\t\turl.rewrite-once = ( \"^(%s[^?]*\\.(?:", s->address);
	web_gz_regex(to);
	fprintf(to,
	    "))(?:\\?.*)?$\" => \"$1.gz\" )\n\t}\n"
	    "\t$HTTP[\"url\"] =~ \"\\.gz$\" {\n"
	    "\t\tsetenv.set-response-header = ( \"Cache-Control\" => \"" WEB_KEEP "\",\n"
	    "\t\t\t\"Content-Encoding\" => \"gzip\" )\n\t}\n"
	    "\telse {\n"
	    "\t\tsetenv.set-response-header = ( \"Cache-Control\" => \"" WEB_KEEP
	    "\" )\n\t}\n}\n");
}

/* Everything below the apps' domain goes to the gate, byte by byte, WebSockets too. */
static void
print_apps(FILE *to, const struct web_place *w)
{
	char site[256];

	web_site_name(w->conf, site, sizeof(site));
	fprintf(to,
	    "# The apps.  Only the gate decides how long a quiet connection stays.\n"
	    "else $HTTP[\"host\"] =~ \"^(?!");
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
print_headers(FILE *to, const char *indent)
{
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "%s\t\"%s\" => \"%s\",\n", indent, web_headers[i][0],
		    web_headers[i][1]);
}

/* mod_deflate is a package of its own, so the files that were compressed ahead are chosen by
 * a rewrite; www/build.mjs makes one for each.  Only names with a hash get that and the long
 * life, because lighttpd puts the headers on a 404 too. */
static void
print_static(FILE *to, const struct web_place *w)
{
	fprintf(to, "else $HTTP[\"url\"] =~ \"^/static/\" {\n"
	    "\talias.url = ( \"/static/\" => \"%s/static/\" )\n"
	    "\tsetenv.add-response-header = (\n", w->www);
	print_headers(to, "\t");
	fprintf(to,
	    "\t\t\"Vary\" => \"Accept-Encoding\",\n\t)\n"
	    "\t$REQUEST_HEADER[\"Accept-Encoding\"] =~ \"" WEB_ACCEPTS_GZIP "\" {\n"
	    "\t\turl.rewrite-once = ( \"^(/static/[^?]*" HASHED "\\.(?:");
	web_gz_regex(to);
	fprintf(to,
	    "))(?:\\?.*)?$\" => \"$1.gz\" )\n\t}\n"
	    "\t$HTTP[\"url\"] =~ \"" HASHED "\\.[a-z0-9]+$\" {\n"
	    "\t\tsetenv.set-response-header = ( \"Cache-Control\" => \"" WEB_KEEP
	    "\" )\n\t}\n"
	    "\telse $HTTP[\"url\"] =~ \"" HASHED "\\.[a-z0-9]+\\.gz$\" {\n"
	    "\t\tsetenv.set-response-header = ( \"Cache-Control\" => \"" WEB_KEEP "\",\n"
	    "\t\t\t\"Content-Encoding\" => \"gzip\" )\n\t}\n}\n");
}

static void
print_files(FILE *to, const struct web_place *w)
{
	fprintf(to, "else $HTTP[\"url\"] =~ \"^/(");
	for (int i = 0; i < web_file_count; i++) {
		fputs(i ? "|" : "", to);
		web_quote_regex(to, web_files[i].path + 1);
	}
	fprintf(to, ")$\" {\n\talias.url = (\n");
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "\t\t\"%s\" => \"%s/%s\",\n", web_files[i].path, w->www,
		    web_files[i].file);
	fprintf(to, "\t)\n\tsetenv.add-response-header = (\n");
	print_headers(to, "\t");
	fprintf(to, "\t)\n}\n");
}

static void
print_flag(FILE *to, const char *plugin, const char *flag, const char *settings)
{
	if (!web_has_flag(plugin, flag))
		return;
	fprintf(to, "\t$HTTP[\"url\"] =~ \"");
	web_flag_regex(to, plugin, flag);
	fprintf(to, "\" {\n%s\t}\n", settings);
}

/* 2 and not 1: what a slow reader has not taken yet stays with the program. */
static void
print_program(FILE *to, const char *plugin)
{
	print_backend(to, plugin);
	print_flag(to, plugin, "STREAM", "\t\tserver.stream-response-body = 2\n");
	print_flag(to, plugin, "RAW", "\t\tserver.stream-request-body = 2\n"
	    "\t\tserver.max-request-size = 0\n");
}

static void
print_plugins(FILE *to)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));
	const char *inner[8];
	int inners = web_inner(inner, COUNT(inner));

	for (int i = 0; i < inners; i++) {
		fprintf(to, "else $HTTP[\"url\"] =~ \"");
		web_inner_regex(to, inner[i]);
		fprintf(to, "\" {\n");
		print_program(to, inner[i]);
		fprintf(to, "}\n");
	}
	for (int i = 0, run; i < n; i += run) {
		run = web_prefix_run(prefixes + i, n - i);
		fprintf(to, "else $HTTP[\"url\"] =~ \"");
		web_prefix_regex(to, prefixes + i, run);
		fprintf(to, "\" {\n");
		print_program(to, prefixes[i].plugin);
		fprintf(to, "}\n");
	}
	fprintf(to, "else {\n");
	print_program(to, WEB_DEFAULT);
	fprintf(to, "}\n");
}

void
web_lighttpd(FILE *to, const struct web_place *w)
{
	print_head(to, w);
	fprintf(to, "# What comes with the images of sandboxes, on every host.\n");
	for (int i = 0; i < web_shared_count; i++) {
		fputs(i ? "else " : "", to);
		print_shared(to, w, &web_shared[i]);
	}
	print_apps(to, w);
	print_static(to, w);
	print_files(to, w);
	print_plugins(to);
}
