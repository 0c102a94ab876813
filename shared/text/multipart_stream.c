#include <stdlib.h>
#include <string.h>

#include "multipart_stream.h"

int
multipart_stream_open(struct multipart_stream *m, const char *content_type,
    multipart_read_fn *read, void *arg, struct arena *a, struct err *e)
{
	*m = (struct multipart_stream){.read = read, .arg = arg};
	m->mark = multipart_mark(content_type, a, e);
	if (!m->mark)
		return -1;
	m->mark_len = strlen(m->mark);
	m->buf = mem_new(MULTIPART_STREAM_BYTES);
	return 0;
}

void
multipart_stream_close(struct multipart_stream *m)
{
	free(m->buf);
	m->buf = NULL;
}

/* Reads on, at least one byte; false: the body is over, or there is no room. */
static bool
more(struct multipart_stream *m)
{
	size_t got;

	if (m->from == m->to)
		m->from = m->to = 0;
	if (m->to == MULTIPART_STREAM_BYTES) {
		m->to -= m->from;
		memmove(m->buf, m->buf + m->from, m->to);
		m->from = 0;
	}
	if (m->to == MULTIPART_STREAM_BYTES)
		return false;
	got = m->read(m->arg, m->buf + m->to, MULTIPART_STREAM_BYTES - m->to);
	m->to += got;
	return got > 0;
}

static bool
has(struct multipart_stream *m, size_t n)
{
	while (m->to - m->from < n)
		if (!more(m))
			return false;
	return true;
}

static int
cut_short(struct err *e)
{
	return err_set(e, ERR_INPUT, "The form ends before its last boundary.");
}

/* Nothing but space comes behind the last delimiter. */
static int
end_form(struct multipart_stream *m, struct err *e)
{
	m->at = MULTIPART_OVER;
	do {
		for (; m->from < m->to; m->from++)
			if (!memchr(" \t\r\n", m->buf[m->from], 4))
				return err_set(e, ERR_INPUT, "Something follows the form's last boundary.");
	} while (more(m));
	return 0;
}

/* Behind a delimiter: 1: a part follows; 0: it closed the form; −1. */
static int
end_line(struct multipart_stream *m, struct err *e)
{
	if (!has(m, 2))
		return cut_short(e);
	if (m->buf[m->from] == '-' && m->buf[m->from + 1] == '-') {
		m->from += 2;
		return end_form(m, e);
	}
	while (has(m, 1) && memchr(" \t", m->buf[m->from], 2))
		m->from++;
	if (!has(m, 2))
		return cut_short(e);
	if (memcmp(m->buf + m->from, "\r\n", 2) != 0)
		return err_set(e, ERR_INPUT, "A boundary of the form is malformed.");
	m->from += 2;
	return 1;
}

/* Length of the head that is there, its blank line included; 0: it is not whole yet. */
static size_t
head_len(const struct multipart_stream *m)
{
	size_t n = m->to - m->from;
	const char *head = m->buf + m->from;
	const char *blank = memmem(head, n < MULTIPART_HEAD_MAX ? n : MULTIPART_HEAD_MAX,
	    "\r\n\r\n", 4);

	return blank ? (size_t)(blank + 4 - head) : 0;
}

static int
take_head(struct multipart_stream *m, struct arena *a, struct multipart_part *p,
    struct err *e)
{
	const char *head, *mark;
	size_t n;

	while ((n = head_len(m)) == 0 && m->to - m->from < MULTIPART_HEAD_MAX)
		if (!more(m))
			return cut_short(e);
	/* A delimiter may begin within the blank line, too. */
	if (n && !has(m, n + m->mark_len - 2))
		return cut_short(e);
	head = m->buf + m->from;
	mark = n ? memmem(head, n + m->mark_len - 2, m->mark, m->mark_len) : NULL;
	if (!n || (mark && mark < head + n))
		return err_set(e, ERR_INPUT, "The headers of a part are malformed or too long.");
	m->from += n;
	m->at = MULTIPART_IN_PART;
	return multipart_take_head(head, n - 2, a, p, e) < 0 ? -1 : 1;
}

int
multipart_stream_next(struct multipart_stream *m, struct arena *a, struct multipart_part *p,
    struct err *e)
{
	const char *unread;
	ssize_t n;
	int rc;

	if (m->at == MULTIPART_BEGIN) {
		/* The first delimiter opens the body, without a line end before it. */
		n = (ssize_t)m->mark_len - 2;
		if (!has(m, (size_t)n) || memcmp(m->buf + m->from, m->mark + 2, (size_t)n) != 0)
			return err_set(e, ERR_INPUT, "The form does not begin with its boundary.");
		m->from += (size_t)n;
		m->at = MULTIPART_BEHIND;
	}
	while (m->at == MULTIPART_IN_PART)
		if ((n = multipart_stream_piece(m, &unread, e)) < 0)
			return -1;
	if (m->at == MULTIPART_OVER)
		return 0;
	rc = end_line(m, e);
	return rc <= 0 ? rc : take_head(m, a, p, e);
}

ssize_t
multipart_stream_piece(struct multipart_stream *m, const char **bytes, struct err *e)
{
	const char *mark;
	size_t n;

	if (m->at != MULTIPART_IN_PART)
		return 0;
	/* Of what is there, all but the beginning of a mark can be given. */
	if (!has(m, m->mark_len))
		return cut_short(e);
	*bytes = m->buf + m->from;
	n = m->to - m->from;
	mark = memmem(*bytes, n, m->mark, m->mark_len);
	if (mark == *bytes) {
		m->from += m->mark_len;
		m->at = MULTIPART_BEHIND;
		return 0;
	}
	n = mark ? (size_t)(mark - *bytes) : n - m->mark_len + 1;
	m->from += n;
	return (ssize_t)n;
}
