#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"

#define BLOCK_BYTES 8192
#define ALIGN 16

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(ALIGN) char bytes[];
};

void *
mem_new(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p)
		BUG("no memory for %zu bytes", bytes);
	return p;
}

void *
mem_resize(void *p, size_t bytes)
{
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		BUG("no memory for %zu bytes", bytes);
	return p;
}

char *
mem_dup(const char *s)
{
	char *p;

	if (!s)
		return NULL;
	p = strdup(s);
	if (!p)
		BUG("no memory for a string");
	return p;
}

void
mem_free_at(void *pp)
{
	free(*(void **)pp);
}

void
fd_close_at(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void *
arena_new(struct arena *a, size_t bytes)
{
	struct arena_block *b = a->first;
	size_t size, need;
	void *p;

	if (bytes > SIZE_MAX / 2)
		BUG("arena: %zu bytes asked for", bytes);
	need = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->size - b->used < need) {
		size = need > BLOCK_BYTES ? need : BLOCK_BYTES;
		b = mem_resize(NULL, sizeof(*b) + size);
		b->size = size;
		b->used = 0;
		b->next = a->first;
		a->first = b;
	}
	p = b->bytes + b->used;
	b->used += need;
	return memset(p, 0, need);
}

char *
arena_dupn(struct arena *a, const char *s, size_t n)
{
	char *p = arena_new(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *
arena_dup(struct arena *a, const char *s)
{
	return s ? arena_dupn(a, s, strlen(s)) : NULL;
}

char *
arena_fmt(struct arena *a, const char *fmt, ...)
{
	char *p;
	int n;
	va_list ap;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = arena_new(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b, *next;

	if (!a->first)
		return;
	for (b = a->first; b->next; b = next) {
		next = b->next;
		free(b);
	}
	a->first = b;
	b->used = 0;
	if (b->size > BLOCK_BYTES)
		arena_free(a);
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->first; b; b = next) {
		next = b->next;
		free(b);
	}
	a->first = NULL;
}

int64_t
mem_available_mb(void)
{
	FILE *f = fopen("/proc/meminfo", "re");
	long long kb = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %lld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb / 1024;
}
