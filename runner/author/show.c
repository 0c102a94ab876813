#include <stdio.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/text/json.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"
#include "show.h"

#define FLUSH_MS 20
#define RING_MS 50
#define COUNT_MS 200
#define TEXT_BYTES (256u << 10)	/* of one event */

void
show_init(struct show *s, struct loop *l, const char *job)
{
	*s = (struct show){.loop = l};
	snprintf(s->job, sizeof(s->job), "%s", job);
	buf_init(&s->text, TEXT_BYTES);
}

void
show_free(struct show *s)
{
	loop_cancel(s->loop, s->flush);
	loop_cancel(s->loop, s->ring);
	s->flush = s->ring = NULL;
	buf_free(&s->text);
}

void
show_ring(struct show *s)
{
	loop_cancel(s->loop, s->ring);
	s->ring = NULL;
	s->rung_ms = clock_boot_ms();
	bell_ring(NULL, s->job);
}

static void
ring_now(struct loop *l, void *arg)
{
	struct show *s = arg;

	(void)l;
	s->ring = NULL;
	show_ring(s);
}

static void
ring_soon(struct show *s)
{
	int64_t since = clock_boot_ms() - s->rung_ms;

	if (s->ring)
		return;
	if (since >= RING_MS)
		show_ring(s);
	else
		s->ring = loop_timer(s->loop, RING_MS - since, ring_now, s);
}

static void
add(struct show *s, const char *event, const char *json)
{
	struct err e;

	if (progress_add(s->job, event, json, &e) < 0 && !s->has_failed) {
		s->has_failed = true;
		log_warn("progress of %s: %s", s->job, e.text);
	}
}

static void
count(struct show *s)
{
	char detail[40];
	struct err e;

	s->counted_ms = clock_boot_ms();
	snprintf(detail, sizeof(detail), "wrote %d %s", s->lines,
	    s->lines == 1 ? "line" : "lines");
	(void)progress_phase(s->job, "writing", detail, &e);
}

static void
flush(struct show *s)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, s->text.len * 6 + 32);
	loop_cancel(s->loop, s->flush);
	s->flush = NULL;
	if (s->text.len == 0)
		return;
	for (size_t i = 0; i < s->text.len; i++)
		s->lines += s->text.at[i] == '\n';
	/* First the count, then the text: a page that gets both shows its own count. */
	if (clock_boot_ms() - s->counted_ms >= COUNT_MS)
		count(s);
	json_open(&json, '{');
	json_key(&json, "text");
	json_textn(&json, s->text.at, s->text.len);
	json_close(&json, '}');
	add(s, "token", json.at);
	buf_reset(&s->text);
	ring_soon(s);
}

static void
flush_now(struct loop *l, void *arg)
{
	struct show *s = arg;

	(void)l;
	s->flush = NULL;
	flush(s);
}

void
show_phase(struct show *s, const char *phase, const char *detail)
{
	struct err e;

	flush(s);
	if (progress_phase(s->job, phase, detail, &e) < 0)
		log_warn("progress of %s: %s", s->job, e.text);
	ring_soon(s);
}

void
show_event(struct show *s, const char *event, const char *json)
{
	flush(s);
	add(s, event, json);
	ring_soon(s);
}

void
show_writing(struct show *s)
{
	s->lines = 0;
	s->counted_ms = clock_boot_ms();
	show_phase(s, "writing", "");
}

void
show_text(struct show *s, const char *text, size_t n)
{
	if (s->text.len + n > TEXT_BYTES)
		flush(s);
	for (; n > TEXT_BYTES; text += TEXT_BYTES, n -= TEXT_BYTES) {
		buf_add(&s->text, text, TEXT_BYTES);
		flush(s);
	}
	buf_add(&s->text, text, n);
	if (!s->flush)
		s->flush = loop_timer(s->loop, FLUSH_MS, flush_now, s);
}

void
show_written(struct show *s)
{
	flush(s);
	count(s);
}

void
show_end(struct show *s, const char *detail, int64_t retry_after, const char *status)
{
	AUTO_BUF struct buf json = {0};

	flush(s);
	buf_init(&json, 64u << 10);
	if (detail) {
		json_open(&json, '{');
		json_put_text(&json, "detail", detail);
		if (retry_after > 0)
			json_put_int(&json, "retry_after", retry_after);
		json_close(&json, '}');
		add(s, "error", json.at);
	}
	buf_reset(&json);
	json_open(&json, '{');
	json_put_text(&json, "status", status);
	json_close(&json, '}');
	add(s, "done", json.at);
	show_ring(s);
}
