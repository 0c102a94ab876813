#include <sodium.h>
#include <string.h>

#include "../base/rand.h"
#include "secret.h"

void
secret_hash(const void *bytes, size_t n, unsigned char out[SECRET_HASH_BYTES])
{
	crypto_generichash(out, SECRET_HASH_BYTES, bytes, n, NULL, 0);
}

bool
secret_is_same(const unsigned char a[SECRET_HASH_BYTES],
    const unsigned char b[SECRET_HASH_BYTES])
{
	return sodium_memcmp(a, b, SECRET_HASH_BYTES) == 0;
}

bool
secret_is_equal(const char *a, const char *b)
{
	unsigned char ha[SECRET_HASH_BYTES], hb[SECRET_HASH_BYTES];

	/* Of the hashes, so that neither a length nor a common beginning shows. */
	secret_hash(a, strlen(a), ha);
	secret_hash(b, strlen(b), hb);
	return secret_is_same(ha, hb);
}

void
secret_token(char out[SECRET_TOKEN_SIZE])
{
	char id[ID_SIZE];

	id_new(id);
	memcpy(out, id, ID_LEN);
	id_new(id);
	memcpy(out + ID_LEN, id, ID_SIZE);
}
