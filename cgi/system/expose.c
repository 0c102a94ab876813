#include "expose.h"

/* A label's value, in quotes. */
static void
put_value(struct buf *b, const char *value)
{
	buf_char(b, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_char(b, '\\');
		if (*value == '\n')
			buf_str(b, "\\n");
		else
			buf_char(b, *value);
	}
	buf_char(b, '"');
}

void
expose(struct req *r, const char *name, const char *suffix, const char *const *labels,
    const char *number)
{
	struct buf *b = &r->out;

	buf_fmt(b, "carrel_%s%s", name, suffix);
	for (int i = 0; labels && labels[i]; i += 2) {
		buf_fmt(b, "%s%s=", i ? "," : "{", labels[i]);
		put_value(b, labels[i + 1]);
	}
	buf_fmt(b, "%s %s\n", labels && labels[0] ? "}" : "", number);
}

void
expose_int(struct req *r, const char *name, const char *const *labels, int64_t n)
{
	expose(r, name, "", labels, arena_fmt(&r->arena, "%lld", (long long)n));
}

const char *
expose_seconds(struct req *r, int64_t ms)
{
	return arena_fmt(&r->arena, "%.3f", (double)ms / 1000);
}

void
expose_spans(struct req *r, const char *name, const struct count_spans *s,
    const char *const *labels)
{
	const char *with[7] = {NULL};
	uint64_t sum = 0;
	int n = 0;

	for (; labels[n]; n++)
		with[n] = labels[n];
	with[n] = "le";
	for (int i = 0; i <= COUNT_STEPS; i++) {
		sum += s->steps[i];
		with[n + 1] = i < COUNT_STEPS ? arena_fmt(&r->arena, "%g",
		    (double)count_steps[i] / 1000) : "+Inf";
		expose(r, name, "_bucket", with,
		    arena_fmt(&r->arena, "%llu", (unsigned long long)sum));
	}
	expose(r, name, "_sum", labels, expose_seconds(r, (int64_t)s->sum_ms));
	expose(r, name, "_count", labels, arena_fmt(&r->arena, "%llu", (unsigned long long)sum));
}
