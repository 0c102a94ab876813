#include <stdio.h>
#include <string.h>

#include "../base/num.h"
#include "digest.h"

#define PREFIX 7	/* "sha256-" */

static const struct {
	const char *prefix;
	size_t bytes;
} kinds[] = {
	[DIGEST_SHA256] = {"sha256-", crypto_hash_sha256_BYTES},
	[DIGEST_SHA512] = {"sha512-", crypto_hash_sha512_BYTES},
};

void
digest_start(struct digest *d, enum digest_kind kind)
{
	d->kind = kind;
	if (kind == DIGEST_SHA256)
		crypto_hash_sha256_init(&d->state.sha256);
	else
		crypto_hash_sha512_init(&d->state.sha512);
}

void
digest_add(struct digest *d, const void *bytes, size_t n)
{
	if (d->kind == DIGEST_SHA256)
		crypto_hash_sha256_update(&d->state.sha256, bytes, n);
	else
		crypto_hash_sha512_update(&d->state.sha512, bytes, n);
}

static void
put(enum digest_kind kind, const unsigned char *bytes, char out[DIGEST_SIZE])
{
	memcpy(out, kinds[kind].prefix, PREFIX);
	sodium_bin2hex(out + PREFIX, DIGEST_SIZE - PREFIX, bytes, kinds[kind].bytes);
}

void
digest_end(struct digest *d, char out[DIGEST_SIZE])
{
	unsigned char bytes[crypto_hash_sha512_BYTES];

	if (d->kind == DIGEST_SHA256)
		crypto_hash_sha256_final(&d->state.sha256, bytes);
	else
		crypto_hash_sha512_final(&d->state.sha512, bytes);
	put(d->kind, bytes, out);
}

bool
digest_from_hex(enum digest_kind kind, const char *hex, size_t n, char out[DIGEST_SIZE])
{
	unsigned char bytes[crypto_hash_sha512_BYTES];

	if (n != 2 * kinds[kind].bytes)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = num_hex(hex[i]), low = num_hex(hex[i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i / 2] = (unsigned char)(high << 4 | low);
	}
	put(kind, bytes, out);
	return true;
}

bool
digest_from_base64(enum digest_kind kind, const char *text, size_t n,
    char out[DIGEST_SIZE])
{
	unsigned char bytes[crypto_hash_sha512_BYTES];
	size_t got;

	if (sodium_base642bin(bytes, sizeof(bytes), text, n, NULL, &got, NULL,
	    sodium_base64_VARIANT_ORIGINAL) < 0 || got != kinds[kind].bytes)
		return false;
	put(kind, bytes, out);
	return true;
}

const char *
digest_hex(const char *text)
{
	return text + PREFIX;
}

bool
digest_is_valid(const char *text, enum digest_kind *kind)
{
	char again[DIGEST_SIZE];

	for (enum digest_kind k = 0; k < DIGEST_KINDS; k++)
		if (strncmp(text, kinds[k].prefix, PREFIX) == 0 &&
		    digest_from_hex(k, text + PREFIX, strlen(text + PREFIX), again) &&
		    strcmp(text, again) == 0) {
			*kind = k;
			return true;
		}
	return false;
}
