/* The sentence that people read, out of the words around the code. */
#include "../../shared/base/buf.h"
#include "../../shared/text/utf8.h"
#include "answer.h"
#include "span.h"

/* Marks at the head of a line: headings, quotes, lists. */
static struct span
without_marks(struct span line)
{
	struct span s = span_trim(line);
	size_t n = 0;

	while (s.len && strchr("#>", *s.at) && *s.at) {
		s.at++;
		s.len--;
	}
	s = span_trim(s);
	if (s.len > 1 && strchr("-*+", *s.at) && s.at[1] == ' ')
		n = 1;
	while (n + 1 < s.len && s.at[n] >= '0' && s.at[n] <= '9')
		n++;
	if (n > 0 && n + 1 < s.len && s.at[n] == '.' && s.at[n + 1] == ' ')
		n++;
	else if (n != 1 || !strchr("-*+", *s.at))
		n = 0;
	s.at += n;
	s.len -= n;
	s = span_trim(s);
	if (s.len > 8 && strncasecmp(s.at, "summary:", 8) == 0) {
		s.at += 8;
		s.len -= 8;
	}
	return span_trim(s);
}

static bool
is_rule(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("`~-=*_ ", s.at[i]) || !s.at[i])
			return false;
	return true;
}

/* A line's words: no emphasis, no code marks, no tags, links as their text. */
static void
add_plain(struct buf *to, struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		const char *end;

		if (strchr("*`", s.at[i]) || (unsigned char)s.at[i] < 0x20)
			continue;
		if (s.at[i] == '_' && (i == 0 || s.at[i - 1] == ' ' || i + 1 == s.len ||
		    strchr(" .,!?", s.at[i + 1])))
			continue;
		if (s.at[i] == '<' && (end = memchr(s.at + i, '>', s.len - i))) {
			i = (size_t)(end - s.at);
			continue;
		}
		if (s.at[i] == '[' && memmem(s.at + i, s.len - i, "](", 2))
			continue;
		if (s.at[i] == ']' && i + 1 < s.len && s.at[i + 1] == '(' &&
		    (end = memchr(s.at + i, ')', s.len - i))) {
			i = (size_t)(end - s.at);
			continue;
		}
		buf_char(to, s.at[i]);
	}
}

/* Bytes of the first sentence. */
static size_t
first_sentence(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++) {
		if (!strchr(".!?", s[i]) || (s[i + 1] && s[i + 1] != ' '))
			continue;
		/* "e.g. this" and "Dr. Who" go on; a sentence of two letters is none. */
		if (i < 3 || (s[i] == '.' && s[i + 1] && s[i + 2] >= 'a' &&
		    s[i + 2] <= 'z'))
			continue;
		return i + 1;
	}
	return i;
}

void
answer_summarize(const char *words, char *out, size_t size)
{
	AUTO_BUF struct buf text = {0};
	struct span rest = {words, strlen(words)}, line;
	size_t n;

	buf_init(&text, rest.len + 16);
	while (span_line(&rest, &line)) {
		struct span s = without_marks(line);

		if (s.len == 0 || is_rule(s)) {
			if (text.len)
				break;
			continue;
		}
		if (text.len)
			buf_char(&text, ' ');
		add_plain(&text, s);
	}
	n = first_sentence(text.at);
	text.at[n] = '\0';
	n = utf8_bytes(text.at, ANSWER_SUMMARY_MAX);
	if (n >= size)
		n = 0;
	memcpy(out, text.at, n);
	while (n && (out[n - 1] == ' ' || out[n - 1] == ':'))
		n--;
	out[n] = '\0';
}
