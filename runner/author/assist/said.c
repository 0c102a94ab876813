#include <string.h>

#include "../../../shared/text/json.h"
#include "../../../shared/text/utf8.h"
#include "said.h"

#define TEXT_BYTES (512u << 10)
#define MARK_ROOM 60	/* for the words in the middle */

void
said_init(struct said *s)
{
	*s = (struct said){0};
	buf_init(&s->text, TEXT_BYTES);
}

void
said_free(struct said *s)
{
	buf_free(&s->text);
}

static void
add(struct said *s, const char *text, size_t n)
{
	size_t room = s->text.max - s->text.len;

	if (n > room) {
		s->left_out += n - room;
		n = room;
	}
	buf_add(&s->text, text, n);
}

static void
add_line(struct said *s, const char *text)
{
	if (s->text.len && s->text.at[s->text.len - 1] != '\n')
		add(s, "\n", 1);
	add(s, text, strlen(text));
}

/* marimo draws values in HTML. */
static void
add_plain(struct said *s, const char *html)
{
	static const char *const names[][2] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""},
	    {"&#x27;", "'"}, {"&#39;", "'"}, {"&nbsp;", " "}, {"&amp;", "&"}};
	AUTO_BUF struct buf plain = {0};

	buf_init(&plain, TEXT_BYTES);
	while (*html) {
		size_t step = 0;

		if (*html == '<' && strchr(html, '>')) {
			html = strchr(html, '>') + 1;
			continue;
		}
		for (size_t i = 0; *html == '&' && i < COUNT(names); i++)
			if (strncmp(html, names[i][0], strlen(names[i][0])) == 0) {
				buf_str(&plain, names[i][1]);
				step = strlen(names[i][0]);
				break;
			}
		if (!step)
			buf_char(&plain, *html);
		html += step ? step : 1;
	}
	if (plain.at[strspn(plain.at, " \t\n")])
		add_line(s, plain.at);
	else
		add_line(s, "(the value is drawn, not written; print it to read it)");
}

static void
add_output(struct said *s, const cJSON *output)
{
	const char *type = json_get_words(output, "mimetype"), *data = json_get_words(output,
	    "data");

	if (strncmp(type, "text/html", 9) == 0) {
		add_plain(s, data);
	} else if (strncmp(type, "text/", 5) == 0 || strcmp(type, "application/json") == 0) {
		add_line(s, data);
	} else if (type[0]) {
		add_line(s, "(the value is of the type ");
		add(s, type, strnlen(type, 80));
		add(s, ")", 1);
	}
}

static void
take_end(struct said *s, const cJSON *root)
{
	const char *error = json_get_text(root, "error");

	s->is_done = true;
	s->is_success = json_get_bool(root, "success");
	s->took_ms = json_get_int(root, "took_ms", 0);
	if (cJSON_IsObject(json_get(root, "output")))
		add_output(s, json_get(root, "output"));
	if (error)
		add_line(s, error);
	else if (!s->is_success)
		add_line(s, "It failed.");
}

int
said_event(struct said *s, const char *name, const char *data, size_t n, struct err *e)
{
	AUTO_JSON cJSON *root = json_parse(data, n, e);

	if (!root)
		return -1;
	if (strcmp(name, "done") == 0)
		take_end(s, root);
	else if (strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0)
		add(s, json_get_words(root, "data"), strlen(json_get_words(root, "data")));
	else
		return err_set(e, ERR_INPUT, "an event of no kind");
	return 0;
}

/* n, or a few bytes less, where a character ends. */
static size_t
whole(const char *text, size_t n)
{
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

const char *
said_shorten(const char *text, size_t n, size_t left_out, size_t max, struct arena *a)
{
	size_t head, tail;

	if (n + (left_out ? MARK_ROOM : 0) <= max)
		return left_out ? arena_fmt(a, "%s\n… %zu bytes left out …\n", text, left_out) :
		    arena_dupn(a, text, n);
	head = whole(text, (max - MARK_ROOM) / 2);
	tail = n - (max - MARK_ROOM) / 2;
	while (tail < n && ((unsigned char)text[tail] & 0xc0) == 0x80)
		tail++;
	return arena_fmt(a, "%.*s\n… %zu bytes left out …\n%s", (int)head, text,
	    tail - head + left_out, text + tail);
}

const char *
said_short(const struct said *s, size_t max, struct arena *a)
{
	return said_shorten(s->text.at, s->text.len, s->left_out, max, a);
}
