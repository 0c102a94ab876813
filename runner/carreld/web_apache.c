#include <string.h>

#include "../../shared/base/mem.h"
#include "web.h"

static const char *const modules[] = {
    "mpm_event",
    "authz_core",
    "proxy",
    "proxy_http",
    "proxy_fcgi",
    "mime",
    "headers",
    "rewrite",
    "alias",
    "reqtimeout",
};

static void
print_ours(FILE *to, const struct web_place *w)
{
	const struct conf *c = w->conf;
	bool is_v6 = strchr(c->host, ':');

	fprintf(to,
	    "ServerRoot \"" RUN "/web\"\nPidFile " RUN "/web/apache.pid\n"
	    "DefaultRuntimeDir " RUN "/web\nErrorLog /dev/stderr\nLogLevel warn\n"
	    "Listen %s%s%s:%d\nServerName %s\n",
	    is_v6 ? "[" : "", c->host, is_v6 ? "]" : "", (int)c->port, c->site);
	for (size_t i = 0; i < COUNT(modules); i++)
		fprintf(to, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n",
		    modules[i], modules[i]);
	/* One process to begin with: more start when their threads are needed. */
	fprintf(to,
	    "TypesConfig /dev/null\nStartServers 1\nServerLimit 16\nThreadsPerChild 64\n"
	    "MaxRequestWorkers 1024\nMinSpareThreads 32\nMaxSpareThreads 192\n"
	    "ListenBacklog 1024\nServerTokens Prod\nServerSignature Off\nTraceEnable "
	    "Off\n"
	    "RequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500\n"
	    "<Directory />\n\tRequire all denied\n\tAllowOverride None\n</Directory>\n");
}

static void
print_theirs(FILE *to, const struct web_place *w)
{
	fprintf(to, "# Apache for Carrel; printed by `carreld print apache`.\n#\n"
	    "#   a2enmod");
	for (size_t i = 1; i < COUNT(modules); i++)
		fprintf(to, " %s", modules[i]);
	fprintf(to,
	    "\n#   a2dissite 000-default\n"
	    "# Carrel itself is told `web = none`, and its sockets are for its own "
	    "group:\n"
	    "#   groupadd --gid %d carrel && usermod --append --groups carrel www-data\n"
	    "# Each open WebSocket and event stream holds one worker: size "
	    "MaxRequestWorkers\n"
	    "# for them.  TLS: SSLEngine and certificates belong into both virtual "
	    "hosts.\n",
	    (int)w->conf->uid_base + UID_SHARED);
}

#define ACCEPTS_GZIP \
	"\tRewriteCond \"%%{HTTP:Accept-Encoding}\" \"\\bgzip\\b(?!;q=0(\\.0*)?(,|$))\"\n"

static void
print_directory(FILE *to, const struct web_place *w)
{
	fprintf(to, "\t<Directory \"%s\">\n\t\tRequire all granted\n"
	    "\t\tAllowOverride None\n\t\tOptions None\n\t\tRemoveType .gz\n"
	    "\t\tAddEncoding gzip .gz\n", w->www);
	for (int i = 0; i < web_type_count; i++)
		fprintf(
		    to, "\t\tAddType \"%s\" .%s\n", web_types[i].type, web_types[i].ext);
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "\t\tHeader always set %s \"%s\"\n", web_headers[i][0],
		    web_headers[i][1]);
	fprintf(to, "\t</Directory>\n");
}

/* Files that were compressed ahead are chosen by a rewrite; mod_mime understands both ends
 * of a name such as main.css.gz.  The caller ends the Location. */
static void
print_folder(FILE *to, const struct web_place *w, const char *address, const char *folder)
{
	fprintf(to, "\tAlias \"%s\" \"%s/%s/\"\n\tProxyPass \"%s\" \"!\"\n" ACCEPTS_GZIP
	    "\tRewriteCond \"%s/%s/$1.gz\" -f\n\tRewriteRule \"^%s(.+\\.(?:", address,
	    w->www, folder, address, w->www, folder, address);
	web_gz_regex(to);
	fprintf(to, "))$\" \"%s$1.gz\" [PT]\n\t<Location \"%s\">\n"
	    "\t\tHeader set Cache-Control \"" WEB_KEEP "\"\n"
	    "\t\tHeader merge Vary Accept-Encoding\n", address, address);
}

#define FAILURE "/__carrel/failure/"

static void
print_failures(FILE *to, const struct web_place *w)
{
	fprintf(to, "\tAlias \"" FAILURE "\" \"%s/failure/\"\n\tProxyPass \"" FAILURE "\" \"!\"\n"
	    "\t<Location \"" FAILURE "\">\n\t\tForceType \"text/html; charset=utf-8\"\n"
	    "\t</Location>\n", w->www);
	for (int i = 0; i < web_failure_count; i++)
		fprintf(to, "\tErrorDocument %d " FAILURE "%d.html\n", web_failures[i],
		    web_failures[i]);
}

/* Before the gate can see their addresses. */
static void
print_shared(FILE *to, const struct web_place *w)
{
	print_directory(to, w);
	print_failures(to, w);
	fprintf(to, "\tRewriteEngine On\n");
	for (int k = 0; k < web_shared_count; k++) {
		print_folder(to, w, web_shared[k].address, web_shared[k].folder);
		for (int i = 0; i < web_shared_header_count; i++)
			fprintf(to, "\t\tHeader always set %s \"%s\"\n",
			    web_shared_headers[i][0], web_shared_headers[i][1]);
		fprintf(to, "\t</Location>\n");
	}
}

static void
print_static(FILE *to, const struct web_place *w)
{
	print_folder(to, w, "/static/", "static");
	fprintf(to, "\t</Location>\n");
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "\tAlias \"%s\" \"%s/%s\"\n\tProxyPass \"%s\" \"!\"\n"
		    "\t<Location \"%s\">\n\t\tForceType \"%s\"\n\t</Location>\n",
		    web_files[i].path, w->www, web_files[i].file, web_files[i].path,
		    web_files[i].path, web_files[i].type);
}

/* No nocanon here: Apache 2.4.71 then answers 403 to every query string. */
static void
print_plugin(FILE *to, const char *path, const char *plugin)
{
	fprintf(to, "\tProxyPass \"%s\" \"unix:" RUN "/fcgi/%s.sock|fcgi://%s%s\" "
	    "timeout=200 connectiontimeout=2%s\n", path, plugin, plugin, path,
	    web_has_flag(plugin, "STREAM") ? " flushpackets=on" : "");
}

static void
print_inner(FILE *to, const char *plugin)
{
	fprintf(to, "\tProxyPassMatch \"");
	web_inner_regex(to, plugin);
	fprintf(to, "\" \"unix:" RUN "/fcgi/%s.sock|fcgi://%s\" timeout=200 "
	    "connectiontimeout=2%s\n", plugin, plugin,
	    web_has_flag(plugin, "STREAM") ? " flushpackets=on" : "");
}

static void
print_plugins(FILE *to)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));
	const char *inner[8];
	int inners = web_inner(inner, COUNT(inner));

	fprintf(to,
	    "\t<Location \"/\">\n\t\tCGIPassAuth On\n\t\tProxyFCGIBackendType GENERIC\n"
	    "\t\tProxyFCGISetEnvIf \"true\" PATH\n\t</Location>\n");
	for (int i = 0; i < inners; i++)
		print_inner(to, inner[i]);
	for (int i = 0; i < n; i++)
		print_plugin(to, prefixes[i].path, prefixes[i].plugin);
	print_plugin(to, "/", WEB_DEFAULT);
}

static void
print_their_log(FILE *to, const struct web_place *w)
{
	if (w->conf->access_log && !w->is_ours)
		fprintf(to, "\tCustomLog /var/log/apache2/carrel.log carrel\n");
}

/* No LimitRequestBody: Apache does not apply it to what it passes on, the programs do their
 * own counting.  What Apache itself does not find (a %00 is never passed on) is told by the
 * default plugin, which sees the address as it was sent.  The first virtual host has every
 * Host that no other one has; the plugins say 421 there. */
static void
print_control(FILE *to, const struct web_place *w, int port)
{
	char site[256];

	web_site_name(w->conf, site, sizeof(site));
	fprintf(to, "<VirtualHost *:%d>\n\tServerName %s\n\tAllowEncodedSlashes NoDecode\n"
	    "\tMergeSlashes Off\n\tErrorDocument 404 /404\n", port, site);
	print_their_log(to, w);
	print_shared(to, w);
	print_static(to, w);
	print_plugins(to);
	fprintf(to, "</VirtualHost>\n");
}

static void
print_apps(FILE *to, const struct web_place *w, int port)
{
	fprintf(to, "<VirtualHost *:%d>\n\tServerName any.%s\n\tServerAlias *.%s\n"
	    "\tProxyPreserveHost On\n\tAllowEncodedSlashes NoDecode\n\tMergeSlashes Off\n",
	    port, w->conf->apps_domain, w->conf->apps_domain);
	print_their_log(to, w);
	print_shared(to, w);
	fprintf(to,
	    "\tProxyPass \"/\" \"unix:" RUN "/gate.sock|http://gate/\" upgrade=websocket "
	    "disablereuse=on timeout=3600 connectiontimeout=2 nocanon flushpackets=on\n"
	    "</VirtualHost>\n");
}

/* The id is that of the reply, made by the program that answered.  Apache's logs have the
 * machine's own time: its form says the zone. */
static void
print_log(FILE *to, const struct web_place *w)
{
	const struct web_log l = {"apache", "%{%Y-%m-%dT%H:%M:%S%z}t", "%{X-Request-Id}o", "%m",
	    "%{Host}i", "%>s", "%B", "%D us", "\\\""};

	if (!w->conf->access_log)
		return;
	fprintf(to, "LogFormat \"");
	web_log_form(to, w->conf, &l);
	fprintf(to, "\" carrel\n");
	if (w->is_ours)
		fprintf(to, "CustomLog /dev/stderr carrel\n");
}

void
web_apache(FILE *to, const struct web_place *w)
{
	int port = w->is_ours ? (int)w->conf->port : 80;

	if (w->is_ours)
		print_ours(to, w);
	else
		print_theirs(to, w);
	print_log(to, w);
	print_control(to, w, port);
	print_apps(to, w, port);
}
