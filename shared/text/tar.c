#include <stdio.h>
#include <string.h>

#include "../base/err.h"
#include "tar.h"

#define BLOCK 512

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

static void
add_block(struct buf *b, const char *name, char type, const void *bytes, size_t n,
    int64_t mtime)
{
	static const char zeros[BLOCK];
	struct header h = {.type = type, .magic = "ustar", .version = {'0', '0'},
	    .mode = "0000644", .uid = "0000000", .gid = "0000000"};
	unsigned sum = 0;

	memcpy(h.name, name, strnlen(name, sizeof(h.name)));
	snprintf(h.size, sizeof(h.size), "%011llo", (unsigned long long)n & 077777777777);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)mtime & 077777777777);
	/* The sum is made with spaces in its own place. */
	memset(h.sum, ' ', sizeof(h.sum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	snprintf(h.sum, sizeof(h.sum), "%06o", sum & 0777777);
	buf_add(b, &h, sizeof(h));
	buf_add(b, bytes, n);
	buf_add(b, zeros, (BLOCK - n % BLOCK) % BLOCK);
}

/* A name that does not fit goes before its file as a pax record: "<length> path=<name>\n",
 * where the length counts its own digits; three, because the name is longer than 100. */
static void
add_long_name(struct buf *b, const char *path, int64_t mtime)
{
	char record[300];
	int n = snprintf(record, sizeof(record), "%zu path=%s\n", strlen(path) +
	    strlen("123 path=\n"), path);

	add_block(b, "long-name", 'x', record, (size_t)n, mtime);
}

void
tar_add(struct buf *b, const char *path, const void *bytes, size_t n, int64_t mtime_secs)
{
	if (strlen(path) > 250 || *path == '/' || strstr(path, "/../"))
		BUG("tar: bad path");
	if (strlen(path) > sizeof(((struct header *)0)->name))
		add_long_name(b, path, mtime_secs);
	add_block(b, path, '0', bytes, n, mtime_secs);
}

void
tar_end(struct buf *b)
{
	static const char zeros[2 * BLOCK];

	buf_add(b, zeros, sizeof(zeros));
}
