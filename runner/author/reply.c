#include <string.h>

#include "reply.h"

static const char think[] = "<think>", think_end[] = "</think>";

int
reply_add(struct reply *r, const char *text, struct err *e)
{
	buf_str(&r->text, text);
	if (r->text.is_over)
		return err_set(e, ERR_UPSTREAM, "The model's answer grew past %u MB and "
		    "was stopped. Nothing was changed.", ANSWER_BYTES >> 20);
	return 0;
}

/* How many of the n bytes are whole characters: an answer may stop inside one for a
 * while. */
static size_t
whole(const char *at, size_t n)
{
	size_t back = 0;
	unsigned char c;

	while (back < n && back < 3 && ((unsigned char)at[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back == n)
		return n;
	c = (unsigned char)at[n - 1 - back];
	if ((c >= 0xf0 && back < 3) || (c >= 0xe0 && c < 0xf0 && back < 2) ||
	    (c >= 0xc0 && c < 0xe0 && back < 1))
		return n - 1 - back;
	return n;
}

const char *
reply_text(const struct reply *r)
{
	const char *at = r->text.at + strspn(r->text.at, " \t\r\n"), *end;

	if (strncmp(at, think, strlen(think)) != 0)
		return r->text.at;
	end = strstr(at, think_end);
	return end ? end + strlen(think_end) : r->text.at + r->text.len;
}

const char *
reply_next(struct reply *r, size_t *n)
{
	const char *start = r->text.at + strspn(r->text.at, " \t\r\n"), *at;
	size_t from;

	*n = 0;
	/* As long as it may still turn out to begin with thoughts, nothing is shown. */
	if (strncmp(start, think, strnlen(start, strlen(think))) == 0 &&
	    reply_text(r) == r->text.at)
		return "";
	from = (size_t)(reply_text(r) - r->text.at);
	if (r->shown < from)
		r->shown = from;
	at = r->text.at + r->shown;
	*n = whole(at, r->text.len - r->shown);
	r->shown += *n;
	return at;
}
