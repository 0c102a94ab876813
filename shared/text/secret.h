#ifndef TEXT_SECRET_H
#define TEXT_SECRET_H
/*
 * Secrets: hashed (BLAKE2b, 256 bits), compared without telling where they differ.
 */
#include <stdbool.h>
#include <stddef.h>

#define SECRET_HASH_BYTES 32
#define SECRET_TOKEN_SIZE 53	/* two ids and NUL: 256 random bits */

void secret_hash(const void *bytes, size_t n, unsigned char out[SECRET_HASH_BYTES]);
bool secret_is_same(const unsigned char a[SECRET_HASH_BYTES],
    const unsigned char b[SECRET_HASH_BYTES]);
/* Takes equally long for any two texts of the given lengths. */
bool secret_is_equal(const char *a, const char *b);
/* A fresh random token of a-z2-7. */
void secret_token(char out[SECRET_TOKEN_SIZE]);

#endif
