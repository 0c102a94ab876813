#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

static const struct {
	const char *name;
	int status;
	bool may_retry;
	bool is_shown;
	const char *sentence;
} kinds[ERR_KINDS] = {
	[ERR_NONE] = {"none", 200, false, false, ""},
#define ERR(NAME, name, status, retry, shown, sentence) \
	[ERR_##NAME] = {name, status, retry, shown, sentence},
#include "err.def"
#undef ERR
};

static void
fill(struct err *e, enum err_kind kind, int sys, const char *fmt, va_list ap)
{
	if (!e)
		return;
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->sys = sys;
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
}

int
err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, 0, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_field(struct err *e, enum err_kind kind, const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind, 0, fmt, ap);
	va_end(ap);
	if (e)
		snprintf(e->field, sizeof(e->field), "%s", field);
	return -1;
}

static enum err_kind
kind_of_errno(int sys)
{
	if (sys == EROFS)
		return ERR_READONLY;
	return sys == ENOSPC || sys == EDQUOT ? ERR_FULL : ERR_INTERNAL;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	fill(e, kind_of_errno(sys), sys, fmt, ap);
	va_end(ap);
	if (e) {
		n = strlen(e->text);
		snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(sys));
	}
	return -1;
}

int
err_status(enum err_kind kind)
{
	return kinds[kind < ERR_KINDS ? kind : ERR_INTERNAL].status;
}

bool
err_may_retry(enum err_kind kind)
{
	return kinds[kind < ERR_KINDS ? kind : ERR_INTERNAL].may_retry;
}

const char *
err_name(enum err_kind kind)
{
	return kinds[kind < ERR_KINDS ? kind : ERR_INTERNAL].name;
}

enum err_kind
err_kind_of(const char *name)
{
	for (int i = 1; name && i < ERR_KINDS; i++)
		if (strcmp(err_name((enum err_kind)i), name) == 0)
			return (enum err_kind)i;
	return ERR_INTERNAL;
}

const char *
err_public(const struct err *e)
{
	if (kinds[e->kind].is_shown && e->text[0])
		return e->text;
	return kinds[e->kind].sentence;
}

void
err_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "level=bug at=%s:%d msg=\"", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\"\n");
	abort();
}
