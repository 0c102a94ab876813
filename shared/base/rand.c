#include <stdatomic.h>
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

/* A counter that began somewhere at random, well mixed. */
void
id_request(char out[REQUEST_ID_SIZE])
{
	static _Atomic uint64_t count;
	uint64_t x, none = 0;

	if (atomic_load(&count) == 0)
		atomic_compare_exchange_strong(&count, &none, rand_u64() | 1);
	x = atomic_fetch_add(&count, 0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	x ^= x >> 31;
	for (int i = 0; i < REQUEST_ID_SIZE - 1; i++, x >>= 5)
		out[i] = "abcdefghijklmnopqrstuvwxyz234567"[x & 31];
	out[REQUEST_ID_SIZE - 1] = '\0';
}
