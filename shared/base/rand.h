#ifndef BASE_RAND_H
#define BASE_RAND_H
/*
 * Randomness (libsodium's) and the ids made of it: 128 bits as 26 characters of a-z2-7,
 * a legal DNS label, never sequential.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ID_LEN 26
#define ID_SIZE (ID_LEN + 1)

void rand_bytes(void *to, size_t n);
uint64_t rand_u64(void);
void id_new(char out[ID_SIZE]);
/* An id of a request: no secret, so it costs no system call. */
#define REQUEST_ID_SIZE 13
void id_request(char out[REQUEST_ID_SIZE]);
/* True for exactly 26 characters of the alphabet. */
bool id_is_valid(const char *s);

#endif
