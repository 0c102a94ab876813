#include "utf8.h"

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_step(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || n < 2 || !is_tail(u[1]))
		return 0;
	if (u[0] < 0xe0)
		return 2;
	if (n < 3 || !is_tail(u[2]))
		return 0;
	if (u[0] < 0xf0) {
		if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f))
			return 0;
		return 3;
	}
	if (n < 4 || !is_tail(u[3]))
		return 0;
	if ((u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return 4;
}

bool
utf8_is_text(const char *s, size_t n)
{
	while (n > 0) {
		size_t step = utf8_step(s, n);

		if (step == 0 || *s == '\0')
			return false;
		s += step;
		n -= step;
	}
	return true;
}

size_t
utf8_count(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += !is_tail((unsigned char)*s);
	return n;
}

size_t
utf8_bytes(const char *s, size_t max)
{
	const char *at = s;

	for (; *at; at++)
		if (!is_tail((unsigned char)*at) && max-- == 0)
			break;
	return (size_t)(at - s);
}
