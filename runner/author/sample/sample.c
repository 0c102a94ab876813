#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"
#include "pick.h"
#include "sample.h"
#include "../../../shared/base/file.h"
#include "../../../shared/base/mem.h"
#include "wish.h"

#define SOURCE_MAX (256 * 1024)
#define OBJECT_MAX 8192
#define SAID_MAX 2048
#define WISH_SHOWN_MAX 600
#define PATH_MAX_BYTES 4096
#define ENTRY "src/LLMComponent.tsx"
#define LIGHT_PAPER "#fafaf8"
#define SCALE_LEAST 0.6
#define SCALE_MOST 2.4
#define CORNERS_MOST 40

#define ABILITIES \
	"the title, the colours, the size of the text and of the numbers, the " \
	"corners, and dark or light"

/* A settings object that is being changed, and what is to be said about it. */
struct change {
	struct buf object;
	struct buf said;	/* "the accent is blue, the corners are rounder" */
	int count;		/* how much differs from before */
};

static void
say(struct change *c, const char *what)
{
	if (c->said.len > 0)
		buf_str(&c->said, ", ");
	buf_str(&c->said, what);
	c->count++;
}

/* In the text of an answer, nothing of a title may look like a block. */
static void
say_title(struct change *c, const char *title)
{
	char text[TITLE_BYTES + 32];
	char *p;

	snprintf(text, sizeof(text), "the title is “%s”", title);
	for (p = text; *p; p++)
		if (strchr("<>`\n", *p))
			*p = ' ';
	say(c, text);
}

static void
change_title(struct change *c, const struct wish *w)
{
	if (w->title[0] && look_set_text(&c->object, "title", w->title))
		say_title(c, w->title);
}

static void
change_background(struct change *c, const struct wish *w)
{
	char text[96];
	bool is_changed;

	if (!w->background.hex[0])
		return;
	is_changed = look_set_text(&c->object, "background", w->background.hex);
	/* Else a dark system would show a shade of it that nobody asked for. */
	if (!w->dark && look_set_text(&c->object, "dark", "off"))
		is_changed = true;
	if (!is_changed)
		return;
	snprintf(text, sizeof(text), "the background is %s", w->background.name);
	say(c, text);
}

static void
change_accent(struct change *c, const struct wish *w)
{
	char text[96];

	if (!w->accent.hex[0] || !look_set_text(&c->object, "accent", w->accent.hex))
		return;
	snprintf(text, sizeof(text), "the accent is %s", w->accent.name);
	say(c, text);
}

/* Multiplies a size by factor, within bounds.  False if there is no such setting. */
static bool
change_size(struct change *c, const char *name, double factor, const char *what)
{
	char value[32], text[96], *end;
	double before, after;

	if (!look_get(&c->object, name, value, sizeof(value)))
		return false;
	before = strtod(value, NULL);
	after = before * factor;
	if (after < SCALE_LEAST)
		after = SCALE_LEAST;
	if (after > SCALE_MOST)
		after = SCALE_MOST;
	/* Written as hundredths, so that larger and smaller cancel out. */
	snprintf(value, sizeof(value), "%.2f", after);
	end = value + strlen(value);
	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		end[-1] = '\0';
	if (!look_set(&c->object, name, value))
		return true;
	snprintf(text, sizeof(text), "%s %s", what, factor > 1 ? "larger" : "smaller");
	say(c, text);
	return true;
}

static void
change_sizes(struct change *c, const struct wish *w)
{
	if (w->figures != 1 && !change_size(c, "figures", w->figures, "the numbers are"))
		change_size(c, "scale", w->figures, "everything is");
	if (w->scale != 1)
		change_size(c, "scale", w->scale, "everything is");
}

static void
change_corners(struct change *c, const struct wish *w)
{
	char value[32];
	int before, after = 0;

	if (!w->corners || !look_get(&c->object, "rounded", value, sizeof(value)))
		return;
	before = atoi(value);
	if (w->corners == WISH_CORNERS_ROUNDER)
		after = before < 12 ? before + 6 : before * 3 / 2;
	else if (w->corners == WISH_CORNERS_SQUARER)
		after = before / 2;
	else if (w->corners == WISH_CORNERS_ROUND)
		after = CORNERS_MOST;
	if (after > CORNERS_MOST)
		after = CORNERS_MOST;
	snprintf(value, sizeof(value), "%d", after);
	if (look_set(&c->object, "rounded", value))
		say(c,
		    after > before ? "the corners are rounder" :
			after	   ? "the corners are squarer" :
				     "the corners are square");
}

static void
change_dark(struct change *c, const struct wish *w)
{
	static const char *const values[] = {"", "auto", "on", "off"};
	static const char *const words[] = {"",
	    "it follows the system’s dark or light mode", "it is always dark",
	    "it is always light"};
	char ground[16] = "";
	bool is_changed;

	if (!w->dark)
		return;
	is_changed = look_set_text(&c->object, "dark", values[w->dark]);
	look_get(&c->object, "background", ground, sizeof(ground));
	if (w->dark == WISH_DARK_OFF && !w->background.hex[0] &&
	    colour_brightness(ground) < 0.5 &&
	    look_set_text(&c->object, "background", LIGHT_PAPER))
		is_changed = true;
	if (is_changed)
		say(c, words[w->dark]);
}

/* Applies a wish to the object that stands in source at from. */
static void
change_object(struct change *c, const char *from, size_t len, const struct wish *w)
{
	buf_init(&c->object, OBJECT_MAX);
	buf_init(&c->said, SAID_MAX);
	c->count = 0;
	buf_add(&c->object, from, len);
	change_title(c, w);
	change_background(c, w);
	change_accent(c, w);
	change_sizes(c, w);
	change_corners(c, w);
	change_dark(c, w);
}

static void
change_free(struct change *c)
{
	buf_free(&c->object);
	buf_free(&c->said);
}

/* Adds what was said behind lead, its last comma an "and". */
static void
add_said(struct buf *answer, const struct change *c, const char *lead)
{
	const char *p, *last = NULL;

	if (c->count == 0)
		return;
	buf_str(answer, lead);
	/* A title may hold commas too, so the last one is looked for behind it. */
	if (!(p = strstr(c->said.at, "”, ")))
		p = strncmp(c->said.at, "the title", 9) ? c->said.at : "";
	for (; (p = strstr(p, ", ")); p++)
		last = p;
	if (last) {
		buf_add(answer, c->said.at, (size_t)(last - c->said.at));
		buf_fmt(answer, " and %s", last + 2);
	} else {
		buf_str(answer, c->said.at);
	}
}

/* A copy of the prompt, short enough to stand on the page: whole characters only. */
static char *
shown_wish(const char *prompt)
{
	size_t len = strlen(prompt);
	char *text;

	if (len > WISH_SHOWN_MAX) {
		len = WISH_SHOWN_MAX;
		while (len > 0 && ((unsigned char)prompt[len] & 0xc0) == 0x80)
			len--;
	}
	text = mem_new(len + 1);
	memcpy(text, prompt, len);
	return text;
}

static int
read_component(const char *dir, const char *name, struct buf *to, struct err *e)
{
	char path[PATH_MAX_BYTES];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s.tsx", dir, name) >= sizeof(path))
		return err_set(
		    e, ERR_INTERNAL, "the path of sample %s is too long", name);
	buf_init(to, SOURCE_MAX);
	return file_read(path, to, e);
}

static void
add_file(struct buf *answer, const char *path, const char *source)
{
	size_t len = strlen(source);

	buf_fmt(answer, "<file path=\"%s\">\n", path);
	buf_add(answer, source, len);
	if (len == 0 || source[len - 1] != '\n')
		buf_char(answer, '\n');
	buf_str(answer, "</file>\n");
}

static int
answer_first(const char *dir, const char *prompt, struct buf *answer, struct err *e)
{
	const struct sample *s = pick_sample(prompt);
	AUTO_BUF struct buf source = {0}, theme = {0};
	AUTO_FREE char *shown = NULL;
	struct change c;
	struct wish w;
	const char *at;
	size_t len;

	if (read_component(dir, s->name, &source, e) ||
	    read_component(dir, "theme", &theme, e))
		return -1;
	if (!look_find(source.at, &at, &len))
		return err_set(e, ERR_INTERNAL, "sample %s has no settings", s->name);
	wish_read(prompt, true, &w);
	change_object(&c, at, len, &w);
	if (s == pick_fallback()) {
		shown = shown_wish(prompt);
		look_set_text(&c.object, "wish", shown);
		if (!w.title[0]) {
			title_from_wish(prompt, w.title);
			look_set_text(&c.object, "title", w.title);
		}
	}
	/* One sentence: readers of an answer show its first. */
	buf_add(answer, s->summary, strlen(s->summary) - 1);
	add_said(answer, &c, "; ");
	buf_str(answer, ".\n\n<file path=\"" ENTRY "\">\n");
	buf_add(answer, source.at, (size_t)(at - source.at));
	buf_add(answer, c.object.at, c.object.len);
	buf_str(answer, at + len);
	buf_str(answer, "</file>\n");
	add_file(answer, "src/theme.tsx", theme.at);
	change_free(&c);
	return 0;
}

static void
answer_unable(const struct wish *w, struct buf *answer)
{
	if (!wish_is_empty(w))
		buf_str(answer, "It is like that already, so nothing was changed.");
	else
		buf_str(answer,
		    "No model is connected, so nothing was changed: without one "
		    "only " ABILITIES
		    " can be changed here, and with a model key anything "
		    "you can describe.");
	buf_char(answer, '\n');
}

static void
answer_further(const char *prompt, const char *current, struct buf *answer)
{
	struct change c;
	struct wish w;
	const char *at;
	size_t len;

	wish_read(prompt, false, &w);
	if (!look_find(current, &at, &len)) {
		buf_str(answer,
		    "No model is connected, and this app is none of the samples, so "
		    "nothing was changed; with a model key anything you can describe can "
		    "be.\n");
		return;
	}
	change_object(&c, at, len, &w);
	if (c.count == 0) {
		answer_unable(&w, answer);
	} else {
		add_said(answer, &c, "Now ");
		buf_str(answer, w.has_more ?
		    "; the rest of what you asked needs a model, and none is connected." :
		    ".");
		buf_str(answer, "\n\n<edit path=\"" ENTRY "\">\n<<<<<<< SEARCH\n");
		buf_add(answer, at, len);
		buf_str(answer, "\n=======\n");
		buf_add(answer, c.object.at, c.object.len);
		buf_str(answer, "\n>>>>>>> REPLACE\n</edit>\n");
	}
	change_free(&c);
}

int
sample_answer(const char *dir, const char *prompt, const char *current,
    struct buf *answer, struct err *e)
{
	if (current)
		answer_further(prompt, current, answer);
	else if (answer_first(dir, prompt, answer, e))
		return -1;
	if (answer->is_over)
		return err_set(e, ERR_LIMIT, "the sample's answer does not fit");
	return 0;
}
