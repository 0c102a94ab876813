#ifndef BASE_BUF_H
#define BASE_BUF_H
/*
 * A growing byte string with a limit given at the start.
 *
 * Always: at[len] is NUL (at is never NULL after buf_init).  Adding past the limit adds
 * nothing and sets is_over, which stays set until buf_reset: check once, at the end.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *at;
	size_t len;
	size_t cap;
	size_t max;	/* most bytes it may hold */
	bool is_over;	/* something did not fit */
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);		/* safe on a zeroed struct, and twice */
void buf_reset(struct buf *b);		/* empty again; the memory is kept */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for n more bytes, to be written at at+len and taken into account with buf_grew;
 * NULL (and is_over) where that would pass the limit. */
char *buf_room(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);
/* Removes the first n bytes. */
void buf_drop(struct buf *b, size_t n);
/* The bytes, now the caller's to free(); the buf is empty and usable again. */
char *buf_take(struct buf *b);

/* Always with an initialiser: AUTO_BUF struct buf b = {0}; a return may come before buf_init. */
#define AUTO_BUF __attribute__((cleanup(buf_free)))

#endif
