#ifndef TEXT_DIGEST_H
#define TEXT_DIGEST_H
/*
 * Checksums of packages, as their indexes name them: computed piece by piece, and written
 * as "sha256-<hex>" or "sha512-<hex>", which is how they are compared and kept.
 */
#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>

enum digest_kind { DIGEST_SHA256, DIGEST_SHA512, DIGEST_KINDS };

#define DIGEST_HEX_MAX 128
#define DIGEST_SIZE (7 + DIGEST_HEX_MAX + 1)	/* with the kind's name and a NUL */

struct digest {
	enum digest_kind kind;
	union {
		crypto_hash_sha256_state sha256;
		crypto_hash_sha512_state sha512;
	} state;
};

void digest_start(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, const void *bytes, size_t n);
void digest_end(struct digest *d, char out[DIGEST_SIZE]);

/* "sha256-<hex>" of the hexadecimal digits at hex (either case); false if they are none. */
bool digest_from_hex(enum digest_kind kind, const char *hex, size_t n,
    char out[DIGEST_SIZE]);
/* The same, of standard base64. */
bool digest_from_base64(enum digest_kind kind, const char *text, size_t n,
    char out[DIGEST_SIZE]);
/* The digits alone. */
const char *digest_hex(const char *text);
/* The kind that a text made by these functions names; false if it is none. */
bool digest_is_valid(const char *text, enum digest_kind *kind);

#endif
