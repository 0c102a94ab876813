#include <stdlib.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "recite.h"

#define STEP_MS 10
#define STEPS 25

struct recite {
	struct loop *loop;
	struct timer *timer;
	char *text;
	size_t len, said;
	recite_fn *fn;
	void *arg;
};

static void
say(struct loop *l, void *arg)
{
	struct recite *r = arg;
	size_t n = r->len / STEPS + 1, left = r->len - r->said;
	recite_fn *fn = r->fn;

	if (left == 0) {
		arg = r->arg;
		r->timer = NULL;
		recite_stop(r);
		fn(arg, NULL, 0);
		return;
	}
	if (n > left)
		n = left;
	r->said += n;
	r->timer = loop_timer(l, STEP_MS, say, r);
	fn(r->arg, r->text + r->said - n, n);
}

struct recite *
recite_start(struct loop *l, const char *text, recite_fn *fn, void *arg)
{
	struct recite *r = mem_new(sizeof(*r));

	*r = (struct recite){.loop = l, .fn = fn, .arg = arg, .text = mem_dup(text),
	    .len = strlen(text)};
	r->timer = loop_timer(l, 0, say, r);
	return r;
}

void
recite_stop(struct recite *r)
{
	if (!r)
		return;
	loop_cancel(r->loop, r->timer);
	free(r->text);
	free(r);
}
