#ifndef BASE_MEM_H
#define BASE_MEM_H
/*
 * Memory.  Allocation never fails: without memory the process aborts and is restarted from
 * the store.  An arena owns everything that was taken from it until arena_reset or
 * arena_free; nothing in it is freed by hand.
 */
#include <stddef.h>
#include <stdint.h>

void *mem_new(size_t bytes);			/* zeroed */
void *mem_resize(void *p, size_t bytes);
char *mem_dup(const char *s);			/* NULL stays NULL */
/* What the whole machine can still give; 0 where it does not say. */
int64_t mem_available_mb(void);

/* Cleanup attributes for locals. */
void mem_free_at(void *pp);
void fd_close_at(int *fd);
#define AUTO_FREE __attribute__((cleanup(mem_free_at)))
#define AUTO_FD __attribute__((cleanup(fd_close_at)))
/* Hands a pointer or descriptor over: the local is emptied, its value returned. */
#define KEEP_PTR(p) __extension__({ __typeof__(p) kept_ = (p); (p) = NULL; kept_; })
#define KEEP_FD(fd) __extension__({ int kept_ = (fd); (fd) = -1; kept_; })

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct arena {
	struct arena_block *first;
};

void *arena_new(struct arena *a, size_t bytes);	/* zeroed, aligned for anything */
char *arena_dup(struct arena *a, const char *s);	/* NULL stays NULL */
char *arena_dupn(struct arena *a, const char *s, size_t n);	/* NUL added */
char *arena_fmt(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);	/* everything goes, the first block is kept for reuse */
void arena_free(struct arena *a);

#endif
