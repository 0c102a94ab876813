#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "web.h"

static const char *const modules[] = {
	"mpm_event", "authz_core", "proxy", "proxy_http", "proxy_fcgi", "mime", "headers", "rewrite",
	"alias", "reqtimeout", "setenvif", "filter",
};

static void
print_ours(FILE *to, const struct web_place *w)
{
	const struct conf *c = w->conf;

	fprintf(to, "ServerRoot \"" RUN "/web\"\nPidFile " RUN "/web/apache.pid\n"
	    "DefaultRuntimeDir " RUN "/web\nListen %s%s%s:%d\nServerName %s\n"
	    "ErrorLog /dev/stderr\nLogLevel warn\nServerTokens Prod\nServerSignature Off\n",
	    strchr(c->host, ':') ? "[" : "", c->host, strchr(c->host, ':') ? "]" : "", (int)c->port,
	    c->site);
	for (size_t i = 0; i < COUNT(modules); i++)
		fprintf(to, "LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", modules[i],
		    modules[i]);
	fprintf(to, "TypesConfig /dev/null\nThreadsPerChild 64\nServerLimit 16\nMaxRequestWorkers 1024\n"
	    "ThreadLimit 64\nStartServers 1\nMinSpareThreads 32\nMaxSpareThreads 192\n"
	    "GracefulShutdownTimeout 2\nRequestReadTimeout header=20-40,MinRate=500 body=20,MinRate=500\n");
}

static void
print_common(FILE *to, const struct web_place *w)
{
	if (w->is_ours)
		print_ours(to, w);
	else
		fprintf(to, "# Apache for Carrel; printed by `carreld print apache`.\n"
		    "# Modules: a2enmod proxy proxy_http proxy_fcgi headers rewrite alias\n"
		    "# Each open WebSocket and event stream holds one worker: size MaxRequestWorkers "
		    "for them.\n# Put TLS here: SSLEngine on and certificates in both virtual hosts.\n");
	fprintf(to, "ProxyTimeout 200\nLimitRequestBody %ld\n"
	    "<Directory />\n\tRequire all granted\n\tAllowOverride None\n</Directory>\n",
	    WEB_BODY_MAX_KB * 1024L);
}

static void
print_static(FILE *to, const struct web_place *w)
{
	fprintf(to, "\tAlias \"/static/\" \"%s/static/\"\n\tProxyPass \"/static/\" \"!\"\n", w->www);
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "\tAlias \"%s\" \"%s/%s\"\n\tProxyPass \"%s\" \"!\"\n", web_files[i].path,
		    w->www, web_files[i].file, web_files[i].path);
	fprintf(to, "\tAddType \"text/css; charset=utf-8\" .css\n"
	    "\tAddType \"text/javascript; charset=utf-8\" .js\n\tAddType image/svg+xml .svg\n"
	    "\tAddType font/woff2 .woff2\n\tAddType application/json .json\n"
	    "\tAddType \"text/plain; charset=utf-8\" .txt\n"
	    "\t<Directory \"%s\">\n"
	    "\t\tRewriteEngine On\n\t\tRewriteCond %%{HTTP:Accept-Encoding} gzip\n"
	    "\t\tRewriteCond %%{REQUEST_FILENAME}.gz -f\n"
	    "\t\tRewriteRule \"^(.*)\\.(css|js|svg)$\" \"$1.$2.gz\" [END,E=gz:1]\n"
	    "\t\t<FilesMatch \"\\.gz$\">\n\t\t\tHeader set Content-Encoding gzip\n\t\t</FilesMatch>\n"
	    "\t\t<FilesMatch \"\\.css\\.gz$\">\n\t\t\tForceType \"text/css; charset=utf-8\"\n\t\t</FilesMatch>\n"
	    "\t\t<FilesMatch \"\\.js\\.gz$\">\n\t\t\tForceType \"text/javascript; charset=utf-8\"\n\t\t</FilesMatch>\n"
	    "\t\t<FilesMatch \"\\.svg\\.gz$\">\n\t\t\tForceType image/svg+xml\n\t\t</FilesMatch>\n",
	    w->www);
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "\t\tHeader set %s \"%s\"\n", web_headers[i][0], web_headers[i][1]);
	fprintf(to, "\t</Directory>\n\t<Location \"/static/\">\n"
	    "\t\tHeader set Cache-Control \"public, max-age=31536000, immutable\"\n"
	    "\t\tHeader set Vary Accept-Encoding\n\t</Location>\n");
}

static void
print_plugins(FILE *to)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));

	fprintf(to, "\t<Location \"/\">\n\t\tCGIPassAuth On\n\t\tProxyFCGIBackendType GENERIC\n"
	    "\t\tProxyFCGISetEnvIf \"true\" PATH\n\t</Location>\n");
	for (int i = 0; i < n; i++)
		fprintf(to, "\tProxyPass \"%s\" \"unix:" RUN "/fcgi/%s.sock|fcgi://%s%s\" "
		    "timeout=200 connectiontimeout=2 flushpackets=on\n", prefixes[i].path,
		    prefixes[i].plugin, prefixes[i].plugin, prefixes[i].path);
	fprintf(to, "\tProxyPass \"/\" \"unix:" RUN "/fcgi/" WEB_DEFAULT ".sock|fcgi://" WEB_DEFAULT
	    "/\" timeout=200 connectiontimeout=2\n");
}

void
web_apache(FILE *to, const struct web_place *w)
{
	int port = w->is_ours ? (int)w->conf->port : 80;
	char site[256];

	web_site_name(w->conf, site, sizeof(site));
	print_common(to, w);
	/* The first virtual host is the one for every Host that no other has: the plugins
	 * answer 421 to those. */
	fprintf(to, "<VirtualHost *:%d>\n\tServerName %s\n\tAllowEncodedSlashes NoDecode\n"
	    "\tMergeSlashes Off\n", port, site);
	print_static(to, w);
	print_plugins(to);
	fprintf(to, "</VirtualHost>\n<VirtualHost *:%d>\n\tServerName any.%s\n\tServerAlias *.%s\n"
	    "\tProxyPreserveHost On\n\tAllowEncodedSlashes NoDecode\n\tMergeSlashes Off\n"
	    "\tRequestHeader unset X-Forwarded-For\n"
	    "\tProxyPass \"/\" \"unix:" RUN "/gate.sock|http://gate/\" upgrade=websocket "
	    "disablereuse=on timeout=3600 connectiontimeout=2 nocanon flushpackets=on\n"
	    "</VirtualHost>\n", port, w->conf->apps_domain, w->conf->apps_domain);
}
