#include <stddef.h>

#include "num.h"

bool
num_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (!s || !s[0] || (s[0] == '0' && s[1]))
		return false;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > max)
		return false;
	*out = n;
	return true;
}

bool
num_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool is_negative = s && s[0] == '-';
	uint64_t n;
	int64_t v;

	if (!num_u64(s ? s + is_negative : NULL, INT64_MAX, &n))
		return false;
	v = is_negative ? -(int64_t)n : (int64_t)n;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

int
num_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
