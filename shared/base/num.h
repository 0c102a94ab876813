#ifndef BASE_NUM_H
#define BASE_NUM_H
/*
 * Numbers from text, strictly: the whole string, decimal digits, no sign (but for num_int),
 * no space, no leading zeros, within the bounds given.  False: *out is untouched.
 */
#include <stdbool.h>
#include <stdint.h>

bool num_u64(const char *s, uint64_t max, uint64_t *out);
bool num_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* The value of one hexadecimal digit of either case, or −1. */
int num_hex(char c);

#endif
