#include "../../shared/base/mem.h"
#include "web.h"

/* What cgi/lib reads of a request, beside its headers. */
static const char *const params[][2] = {
	{"REQUEST_METHOD", "$request_method"}, {"REQUEST_URI", "$request_uri"},
	{"QUERY_STRING", "$query_string"}, {"CONTENT_TYPE", "$content_type"},
	{"CONTENT_LENGTH", "$content_length"}, {"SERVER_PROTOCOL", "$server_protocol"},
	{"REQUEST_SCHEME", "$scheme"}, {"REMOTE_ADDR", "$remote_addr"},
	{"GATEWAY_INTERFACE", "CGI/1.1"}, {"HTTP_PROXY", "\"\""},
	{"HTTP_X_REQUEST_ID", "$request_id"},
};

/* nginx makes the ids itself, and hands them on. */
static void
print_log(FILE *to, const struct web_place *w)
{
	const struct web_log l = {"nginx", "$time_iso8601", "$request_id", "$request_method",
	    "$host", "$status", "$body_bytes_sent", "$request_time s", "\""};

	if (!w->conf->access_log)
		return;
	fprintf(to, "log_format carrel escape=json '");
	web_log_form(to, w->conf, &l);
	fprintf(to, "';\n\n");
}

static void
print_use_of_log(FILE *to, const struct web_place *w)
{
	if (w->conf->access_log)
		fprintf(to, "\taccess_log /var/log/nginx/access.log carrel;\n");
}

static void
print_head(FILE *to, const struct web_place *w)
{
	fprintf(to,
	    "# nginx for Carrel; printed by `carreld print nginx`.  It belongs into the "
	    "http\n"
	    "# block: put it into sites-enabled, in place of the file `default`.\n#\n"
	    "# Carrel itself is told `web = none`, and its sockets are for its own "
	    "group:\n"
	    "#   groupadd --gid %d carrel && usermod --append --groups carrel www-data\n"
	    "# TLS: certificates belong into both servers.\n"
	    "map $http_upgrade $carrel_connection {\n\tdefault upgrade;\n\t\"\" "
	    "close;\n}\n\n",
	    (int)w->conf->uid_base + UID_SHARED);
	print_log(to, w);
}

static void
print_headers(FILE *to)
{
	for (int i = 0; i < web_header_count; i++)
		fprintf(to, "\t\tadd_header %s \"%s\";\n", web_headers[i][0],
		    web_headers[i][1]);
}

/* A folder of www, with what was compressed ahead.  The caller ends the location. */
static void
print_folder(FILE *to, const struct web_place *w, const char *address, const char *folder)
{
	fprintf(to, "\tlocation ^~ %s {\n\t\talias %s/%s/;\n"
	    "\t\tgzip_static on;\n\t\tgzip_vary on;\n\t\ttypes {\n", address, w->www,
	    folder);
	for (int i = 0; i < web_type_count; i++)
		fprintf(to, "\t\t\t\"%s\" %s;\n", web_types[i].type, web_types[i].ext);
	fprintf(to, "\t\t}\n\t\tadd_header Cache-Control \"" WEB_KEEP "\";\n");
}

/* Before the gate can see their addresses. */
static void
print_shared(FILE *to, const struct web_place *w)
{
	for (int k = 0; k < web_shared_count; k++) {
		print_folder(to, w, web_shared[k].address, web_shared[k].folder);
		for (int i = 0; i < web_shared_header_count; i++)
			fprintf(to, "\t\tadd_header %s \"%s\";\n", web_shared_headers[i][0],
			    web_shared_headers[i][1]);
		fprintf(to, "\t}\n");
	}
}

static void
print_static(FILE *to, const struct web_place *w)
{
	print_folder(to, w, "/static/", "static");
	print_headers(to);
	fprintf(to, "\t}\n");
	for (int i = 0; i < web_file_count; i++) {
		fprintf(to,
		    "\tlocation = %s {\n\t\talias %s/%s;\n\t\ttypes { }\n"
		    "\t\tdefault_type \"%s\";\n",
		    web_files[i].path, w->www, web_files[i].file, web_files[i].type);
		print_headers(to);
		fprintf(to, "\t}\n");
	}
}

static void
print_backend(FILE *to, const char *plugin)
{
	fprintf(to, " {\n\t\tfastcgi_pass unix:" RUN "/fcgi/%s.sock;\n%s%s\t}\n", plugin,
	    web_has_flag(plugin, "STREAM") ? "\t\tfastcgi_buffering off;\n" : "",
	    web_has_flag(plugin, "RAW") ?
	    "\t\tfastcgi_request_buffering off;\n\t\tclient_max_body_size 0;\n" : "");
}

static void
print_plugins(FILE *to)
{
	struct web_prefix prefixes[40];
	int n = web_prefixes(prefixes, COUNT(prefixes));
	const char *inner[8];
	int inners = web_inner(inner, COUNT(inner));

	for (int i = 0; i < inners; i++) {
		fprintf(to, "\tlocation ~ ");
		web_inner_regex(to, inner[i]);
		print_backend(to, inner[i]);
	}
	for (int i = 0, run; i < n; i += run) {
		run = web_prefix_run(prefixes + i, n - i);
		fprintf(to, "\tlocation ~ ");
		web_prefix_regex(to, prefixes + i, run);
		print_backend(to, prefixes[i].plugin);
	}
	fprintf(to, "\tlocation /");
	print_backend(to, WEB_DEFAULT);
}

/* The default server has every Host that no other one has; the plugins say 421 there. */
static void
print_control(FILE *to, const struct web_place *w)
{
	char site[256];

	web_site_name(w->conf, site, sizeof(site));
	fprintf(to, "server {\n\tlisten 80 default_server;\n\tserver_name %s;\n"
	    "\tserver_tokens off;\n\tclient_max_body_size %dk;\n\tmerge_slashes off;\n"
	    "\tfastcgi_read_timeout 200s;\n", site, WEB_BODY_MAX_KB);
	for (size_t i = 0; i < COUNT(params); i++)
		fprintf(to, "\tfastcgi_param %s %s;\n", params[i][0], params[i][1]);
	print_use_of_log(to, w);
	print_shared(to, w);
	print_static(to, w);
	print_plugins(to);
	fprintf(to, "}\n\n");
}

static void
print_apps(FILE *to, const struct web_place *w)
{
	fprintf(to,
	    "server {\n\tlisten 80;\n\tserver_name *.%s;\n\tserver_tokens off;\n"
	    "\tclient_max_body_size %dk;\n\tmerge_slashes off;\n",
	    w->conf->apps_domain, WEB_BODY_MAX_KB);
	print_use_of_log(to, w);
	print_shared(to, w);
	fprintf(to,
	    "\tlocation / {\n\t\tproxy_pass http://unix:" RUN "/gate.sock;\n"
	    "\t\tproxy_http_version 1.1;\n\t\tproxy_set_header Host $http_host;\n"
	    "\t\tproxy_set_header X-Request-Id $request_id;\n"
	    "\t\tproxy_set_header Upgrade $http_upgrade;\n"
	    "\t\tproxy_set_header Connection $carrel_connection;\n"
	    "\t\tproxy_buffering off;\n\t\tproxy_read_timeout "
	    "1d;\n\t\tproxy_send_timeout 1d;\n"
	    "\t}\n}\n");
}

void
web_nginx(FILE *to, const struct web_place *w)
{
	print_head(to, w);
	print_control(to, w);
	print_apps(to, w);
}
