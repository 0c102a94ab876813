#include "../../shared/base/mem.h"
#include "web.h"

static void
print_backend(FILE *to, const char *match, const char *path, const char *plugin)
{
	fprintf(to, "\tlocation %s%s {\n\t\tinclude fastcgi_params;\n"
	    "\t\tfastcgi_pass unix:" RUN "/fcgi/%s.sock;\n\t\tfastcgi_read_timeout 200s;\n"
	    "\t\tfastcgi_buffering off;\n\t}\n", match, path, plugin);
}

static void
print_control(FILE *to, const struct web_place *w)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));

	fprintf(to, "server {\n\tlisten 80 default_server;\n\tserver_name _;\n"
	    "\tclient_max_body_size %dk;\n\tmerge_slashes off;\n", WEB_BODY_MAX_KB);
	fprintf(to, "\tlocation ^~ /static/ {\n\t\talias %s/static/;\n\t\tgzip_static on;\n"
	    "\t\tadd_header Cache-Control \"public, max-age=31536000, immutable\";\n", w->www);
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "\t\tadd_header %s \"%s\";\n", web_headers[i][0], web_headers[i][1]);
	fprintf(to, "\t}\n");
	for (int i = 0; i < web_file_count; i++)
		fprintf(to, "\tlocation = %s { alias %s/%s; default_type %s; }\n", web_files[i].path,
		    w->www, web_files[i].file, web_files[i].type);
	for (int i = 0; i < n; i++) {
		char below[96];

		snprintf(below, sizeof(below), "%s/", prefixes[i].path);
		print_backend(to, "= ", prefixes[i].path, prefixes[i].plugin);
		print_backend(to, "^~ ", below, prefixes[i].plugin);
	}
	print_backend(to, "", "/", WEB_DEFAULT);
	fprintf(to, "}\n");
}

void
web_nginx(FILE *to, const struct web_place *w)
{
	fprintf(to, "# nginx for Carrel; printed by `carreld print nginx`.  Belongs into the http block:\n"
	    "# include it from sites-enabled.  Put TLS here, in both servers.\n"
	    "map $http_upgrade $carrel_connection { default upgrade; \"\" close; }\n");
	print_control(to, w);
	fprintf(to, "server {\n\tlisten 80;\n\tserver_name *.%s;\n\tmerge_slashes off;\n"
	    "\tlocation / {\n\t\tproxy_pass http://unix:" RUN "/gate.sock;\n"
	    "\t\tproxy_http_version 1.1;\n\t\tproxy_set_header Host $http_host;\n"
	    "\t\tproxy_set_header Upgrade $http_upgrade;\n"
	    "\t\tproxy_set_header Connection $carrel_connection;\n"
	    "\t\tproxy_buffering off;\n\t\tproxy_read_timeout 1d;\n\t\tproxy_send_timeout 1d;\n"
	    "\t}\n}\n", w->conf->apps_domain);
}
