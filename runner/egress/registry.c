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

	buf_init(&text, 16384);
	if (file_read(REGISTRIES, &text, e) < 0)
		buf_reset(&text);
	for (int i = 0; i < ECOSYSTEMS; i++) {
		const char *value = *(const char *const *)(const void *)
		    ((const char *)&g->conf + settings[i].at);
		size_t n = strlen(value);

		if (!n && !(value = find_line(text.at, settings[i].setting, &n)))
			continue;
		if (n >= URL_SIZE || (strncmp(value, "https://", 8) != 0 &&
		    strncmp(value, "http://", 7) != 0))
			return err_field(e, ERR_INPUT, settings[i].setting,
			    "%s must begin with https:// or http://", settings[i].setting);
		memcpy(g->indexes[i], value, n);
	}
	return 0;
}

int
registry_home(struct egress *g, enum ecosystem_id eco, struct err *e)
{
	if (g->homes[eco].base[0])
		return 0;
	if (!g->indexes[eco][0])
		return err_set(e, ERR_UPSTREAM, "This machine knows no index for such packages; "
		    "the setting %s names one.", settings[eco].setting);
	find_proxy(g);
	return where_origin(g->indexes[eco], &g->homes[eco], e);
}
