#include <string.h>

#include "image.h"

static const char *
type_of(const unsigned char *b, size_t n)
{
	if (n >= 8 && memcmp(b, "\x89PNG\r\n\x1a\n", 8) == 0)
		return "image/png";
	if (n >= 3 && memcmp(b, "\xff\xd8\xff", 3) == 0)
		return "image/jpeg";
	if (n >= 6 && (memcmp(b, "GIF87a", 6) == 0 || memcmp(b, "GIF89a", 6) == 0))
		return "image/gif";
	if (n >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0)
		return "image/webp";
	return NULL;
}

int
image_from_bytes(const struct field *f, struct value *v, const void *bytes, size_t n,
    struct err *e)
{
	const char *type = type_of(bytes, n);

	if (n > (size_t)f->max)
		return err_field(e, ERR_LIMIT, f->name, "The picture is larger than %lld MB.",
		    (long long)f->max >> 20);
	if (!type)
		return err_field(e, ERR_INPUT, f->name,
		    "The picture must be a PNG, JPEG, WebP or GIF file.");
	*v = (struct value){.is_set = true, .text = type, .bytes = bytes, .len = n};
	return 0;
}

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Strict base64 with padding; false where it is none. */
static bool
decode_base64(const char *s, size_t n, unsigned char *out, size_t *len)
{
	size_t padding = 0;

	*len = 0;
	if (n == 0 || n % 4 != 0)
		return false;
	if (s[n - 1] == '=')
		padding = s[n - 2] == '=' ? 2 : 1;
	for (size_t i = 0; i < n; i += 4) {
		size_t real = i + 4 == n ? 4 - padding : 4;
		unsigned bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int d = k < real ? digit(s[i + k]) : 0;

			if (d < 0)
				return false;
			bits = bits << 6 | (unsigned)d;
		}
		for (size_t k = 0; k + 1 < real; k++)
			out[(*len)++] = (unsigned char)(bits >> (16 - 8 * k));
	}
	return true;
}

int
image_from_address(const struct field *f, struct value *v, const char *address,
    struct arena *a, struct err *e)
{
	const char *comma = strchr(address, ',');
	size_t n = comma ? strlen(comma + 1) : 0, len;
	unsigned char *bytes;

	if (strncmp(address, "data:image/", 11) != 0 || !comma || comma - address > 100 ||
	    memcmp(comma - 7, ";base64", 7) != 0)
		return err_field(e, ERR_INPUT, f->name,
		    "The field %s must be an address of the form data:image/png;base64,…", f->name);
	bytes = arena_new(a, n);
	if (!decode_base64(comma + 1, n, bytes, &len))
		return err_field(e, ERR_INPUT, f->name, "The picture is not valid base64.");
	return image_from_bytes(f, v, bytes, len, e);
}
