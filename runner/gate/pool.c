#include <stdlib.h>

#include "../../shared/base/mem.h"
#include "pool.h"

#define KEPT_MAX 8

static struct {
	char *kept[KEPT_MAX];
	int count;
} pool;

char *
pool_take(void)
{
	if (pool.count)
		return pool.kept[--pool.count];
	return mem_resize(NULL, POOL_BLOCK_BYTES);
}

void
pool_give(char *block)
{
	if (block && pool.count < KEPT_MAX)
		pool.kept[pool.count++] = block;
	else
		free(block);
}

void
pool_free(void)
{
	while (pool.count)
		free(pool.kept[--pool.count]);
}
