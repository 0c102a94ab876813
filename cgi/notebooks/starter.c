#include <string.h>

#include "../../shared/base/file.h"
#include "starter.h"

#define FOLDER "/run/carrel/build/www/notebook"
#define STARTER_BYTES (256u << 10)

static const struct starter starters[] = {
#define STARTER(name, title, sentence, file) {name, title, file},
#include "starter.def"
#undef STARTER
};

const struct starter *
starter_find(const char *name, struct err *e)
{
	AUTO_BUF struct buf names = {0};

	if (!name)
		return &starters[0];
	buf_init(&names, 400);
	for (size_t i = 0; i < COUNT(starters); i++) {
		if (strcmp(starters[i].name, name) == 0)
			return &starters[i];
		buf_fmt(&names, "%s%s", i ? ", " : "", starters[i].name);
	}
	err_field(e, ERR_INPUT, "template", "There is no template of this name; there are %s.",
	    names.at);
	return NULL;
}

const char *
starter_text(const struct starter *s, struct arena *a, struct err *e)
{
	AUTO_BUF struct buf text = {0};

	buf_init(&text, STARTER_BYTES);
	if (file_read(arena_fmt(a, FOLDER "/%s", s->file), &text, e) < 0) {
		e->kind = ERR_INTERNAL;	/* it is ours to have */
		return NULL;
	}
	return arena_dupn(a, text.at, text.len);
}
