#include <stdlib.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "recite.h"
#include "sample/sample.h"

#define STEP_MS 10
#define STEPS 25
#define BYTES_MAX (1u << 20)

struct recite {
	struct loop *loop;
	struct timer *timer;
	struct buf text;
	size_t said;
	struct err err;
	recite_fn *fn;
	void *arg;
};

static void
say(struct loop *l, void *arg)
{
	struct recite *r = arg;
	size_t n = r->text.len / STEPS + 1, left = r->text.len - r->said;
	recite_fn *fn = r->fn;
	struct err e = r->err;

	if (left == 0 || e.kind) {
		arg = r->arg;
		r->timer = NULL;
		recite_stop(r);
		fn(arg, NULL, 0, e.kind ? &e : NULL);
		return;
	}
	if (n > left)
		n = left;
	r->said += n;
	r->timer = loop_timer(l, STEP_MS, say, r);
	fn(r->arg, r->text.at + r->said - n, n, NULL);
}

struct recite *
recite_start(struct loop *l, const char *request, const char *current, recite_fn *fn,
    void *arg)
{
	struct recite *r = mem_new(sizeof(*r));

	*r = (struct recite){.loop = l, .fn = fn, .arg = arg};
	buf_init(&r->text, BYTES_MAX);
	if (sample_answer(RECITE_DIR, request, current, &r->text, &r->err) < 0)
		log_error("sample: %s", r->err.text);
	r->timer = loop_timer(l, 0, say, r);
	return r;
}

void
recite_stop(struct recite *r)
{
	if (!r)
		return;
	loop_cancel(r->loop, r->timer);
	buf_free(&r->text);
	free(r);
}
