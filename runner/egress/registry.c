#include <stdlib.h>
#include <string.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "egress.h"

static const struct {
	const char *setting;
	size_t at;
} settings[ECOSYSTEMS] = {
#define ECOSYSTEM(name, setting, pages, files, kind, accept) \
	[ECOSYSTEM_##name] = {#setting, offsetof(struct conf, setting)},
#include "ecosystem.def"
#undef ECOSYSTEM
};

/* The value of "name = value", or NULL; text is of one line each. */
static const char *
find_line(const char *text, const char *name, size_t *n)
{
	size_t len = strlen(name);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strncmp(text, name, len) == 0 && strncmp(text + len, " = ", 3) == 0) {
			*n = strcspn(text + len + 3, "\n");
			return text + len + 3;
		}
	return NULL;
}

static void
find_proxy(struct egress *g)
{
	static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy",
	    "ALL_PROXY"};
	const char *value = NULL;
	struct origin o;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && (!value || !value[0]); i++)
		value = getenv(names[i]);
	if (value && value[0] && where_origin(value, &o, NULL) == 0)
		g->proxy_port = o.port;
}

int
registry_load(struct egress *g, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char url[URL_SIZE];

	buf_init(&text, 16384);
	if (file_read(REGISTRIES, &text, e) < 0)
		buf_reset(&text);
	for (int i = 0; i < ECOSYSTEMS; i++) {
		const char *value = *(const char *const *)(const void *)
		    ((const char *)&g->conf + settings[i].at);
		size_t n = strlen(value);

		if (!n && !(value = find_line(text.at, settings[i].setting, &n)))
			continue;
		if (n >= sizeof(url))
			return err_field(e, ERR_INPUT, settings[i].setting, "%s is too long",
			    settings[i].setting);
		memcpy(url, value, n);
		url[n] = '\0';
		if (where_origin(url, &g->homes[i], e) < 0)
			return err_field(e, ERR_INPUT, settings[i].setting,
			    "%s must begin with https:// or http://", settings[i].setting);
	}
	find_proxy(g);
	return 0;
}
