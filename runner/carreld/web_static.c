#include "web.h"

/*
 * Frozen apps, by <id>/<version>/: what the gate asks for, which alone can reach the socket
 * and writes every address anew.  Names below assets/ change with what is in them, and most
 * have a .gz beside them.
 */
void
web_static(FILE *to, const struct web_place *w)
{
	(void)w;
	fprintf(to,
	    "server.bind = \"" RUN "/frozen/web.sock\"\n"
	    "server.errorlog = \"/dev/stderr\"\nserver.tag = \"\"\n"
	    "server.document-root = \"" RUN "/var/frozen\"\n"
	    "server.modules = ( \"mod_rewrite\", \"mod_setenv\" )\n"
	    "server.max-fds = 4096\nserver.listen-backlog = 1024\n"
	    "server.max-request-field-size = 32768\nserver.follow-symlink = \"disable\"\n"
	    "mimetype.assign = (\n\t\".html\" => \"text/html; charset=utf-8\",\n"
	    "\t\".txt\" => \"text/plain; charset=utf-8\",\n");
	for (int i = 0; i < web_type_count; i++) {
		const struct web_type *t = &web_types[i];

		if (t->has_gz)
			fprintf(to, "\t\".%s.gz\" => \"%s\",\n", t->ext, t->type);
		fprintf(to, "\t\".%s\" => \"%s\",\n", t->ext, t->type);
	}
	fprintf(to,
	    "\t\"\" => \"application/octet-stream\",\n)\n"
	    "$HTTP[\"url\"] =~ \"/assets/\" {\n"
	    "\tsetenv.set-response-header = ( \"Cache-Control\" => \"" WEB_KEEP "\",\n"
	    "\t\t\"Vary\" => \"Accept-Encoding\" )\n"
	    "\t$REQUEST_HEADER[\"Accept-Encoding\"] =~ \"" WEB_ACCEPTS_GZIP "\" {\n"
	    "\t\turl.rewrite-once = ( \"^([^?]*\\.(?:");
	web_gz_regex(to);
	fprintf(to,
	    "))$\" => \"$1.gz\" )\n\t}\n"
	    "\t$HTTP[\"url\"] =~ \"\\.gz$\" {\n"
	    "\t\tsetenv.set-response-header += ( \"Content-Encoding\" => \"gzip\" )\n\t}\n}\n"
	    "else {\n\tsetenv.set-response-header = ( \"Cache-Control\" => \"no-cache\" )\n}\n");
}
