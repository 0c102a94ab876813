#include "pack.h"

static void
put(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_char(b, (char)(v >> 8 * i));
}

static uint64_t
get(struct unpack *u, size_t bytes)
{
	uint64_t v = 0;

	if (u->is_bad || u->left < bytes) {
		u->is_bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)u->at[i] << 8 * i;
	u->at += bytes;
	u->left -= bytes;
	return v;
}

void
pack_u16(struct buf *b, uint16_t v)
{
	put(b, v, 2);
}

void
pack_u32(struct buf *b, uint32_t v)
{
	put(b, v, 4);
}

void
pack_u64(struct buf *b, uint64_t v)
{
	put(b, v, 8);
}

void
pack_bytes(struct buf *b, const void *bytes, size_t n)
{
	pack_u32(b, (uint32_t)n);
	buf_add(b, bytes, n);
}

uint16_t
unpack_u16(struct unpack *u)
{
	return (uint16_t)get(u, 2);
}

uint32_t
unpack_u32(struct unpack *u)
{
	return (uint32_t)get(u, 4);
}

uint64_t
unpack_u64(struct unpack *u)
{
	return get(u, 8);
}

const char *
unpack_bytes(struct unpack *u, size_t max, size_t *n)
{
	const char *p;

	*n = unpack_u32(u);
	if (u->is_bad || *n > max || *n > u->left) {
		u->is_bad = true;
		*n = 0;
		return "";
	}
	p = (const char *)u->at;
	u->at += *n;
	u->left -= *n;
	return p;
}

bool
unpack_ended(const struct unpack *u)
{
	return !u->is_bad && u->left == 0;
}
