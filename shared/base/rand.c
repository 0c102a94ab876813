#include <sodium.h>
#include <string.h>

#include "err.h"
#include "rand.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

void
rand_bytes(void *to, size_t n)
{
	if (sodium_init() < 0)
		BUG("no randomness");
	randombytes_buf(to, n);
}

uint64_t
rand_u64(void)
{
	uint64_t n;

	rand_bytes(&n, sizeof(n));
	return n;
}

void
id_new(char out[ID_SIZE])
{
	unsigned char raw[17] = {0};	/* 128 bits, and two zero bits to fill 26 × 5 */

	rand_bytes(raw, 16);
	for (size_t i = 0, bit = 0; i < ID_LEN; i++, bit += 5) {
		unsigned two = (unsigned)(raw[bit / 8] << 8 | raw[bit / 8 + 1]);

		out[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
	out[ID_LEN] = '\0';
}

bool
id_is_valid(const char *s)
{
	return s && strlen(s) == ID_LEN && strspn(s, alphabet) == ID_LEN;
}
