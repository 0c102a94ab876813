#ifndef WIRE_PACK_H
#define WIRE_PACK_H
/*
 * Typed fields of a message: put into a buf, got from bytes in the same order, little endian.
 *
 * A reader never runs past its bytes: a get that does not fit yields zero and sets is_bad,
 * which stays set.  unpack_ended is the last call of every reader: all read, nothing left.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"

void pack_u16(struct buf *b, uint16_t v);
void pack_u32(struct buf *b, uint32_t v);
void pack_u64(struct buf *b, uint64_t v);
/* u32 length, then the bytes. */
void pack_bytes(struct buf *b, const void *bytes, size_t n);

struct unpack {
	const unsigned char *at;
	size_t left;
	bool is_bad;
};

uint16_t unpack_u16(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
/* The bytes stay in the message; at most max of them. */
const char *unpack_bytes(struct unpack *u, size_t max, size_t *n);
bool unpack_ended(const struct unpack *u);

#endif
