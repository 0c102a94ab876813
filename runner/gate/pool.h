#ifndef GATE_POOL_H
#define GATE_POOL_H
/*
 * Blocks for bytes on their way.  The one given back last is taken first, so that it is
 * still in the processor's cache; a few are kept, the others are freed.
 */
#define POOL_BLOCK_BYTES (64u << 10)

char *pool_take(void);
void pool_give(char *block);	/* NULL is fine */
void pool_free(void);

#endif
