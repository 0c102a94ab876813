#include <stdbool.h>
#include <string.h>

#include "../base/num.h"
#include "form.h"
#include "utf8.h"

/* Decodes n bytes into the arena; NULL where that is not possible. */
static char *
decode(const char *s, size_t n, bool is_form, struct arena *a, size_t *len)
{
	char *out = arena_new(a, n + 1), *to = out;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '+' && is_form) {
			*to++ = ' ';
		} else if (s[i] != '%') {
			*to++ = s[i];
		} else {
			if (n - i < 3 || num_hex(s[i + 1]) < 0 || num_hex(s[i + 2]) < 0)
				return NULL;
			*to++ = (char)(num_hex(s[i + 1]) * 16 + num_hex(s[i + 2]));
			i += 2;
		}
	}
	*len = (size_t)(to - out);
	return utf8_is_text(out, *len) ? out : NULL;
}

const char *
form_unescape(const char *text, size_t n, struct arena *a)
{
	size_t len;

	return decode(text, n, false, a, &len);
}

static int
add_pair(const char *s, size_t n, struct arena *a, struct form_pair *p, struct err *e)
{
	const char *equals = memchr(s, '=', n);
	size_t name_len = equals ? (size_t)(equals - s) : n, len;

	p->name = decode(s, name_len, true, a, &len);
	if (!p->name)
		return err_set(e, ERR_INPUT, "The name of a field is not valid text.");
	p->value = equals ? decode(equals + 1, n - name_len - 1, true, a,
	    &p->len) : "";
	if (!p->value)
		return err_field(e, ERR_INPUT, p->name, "The field %.40s is not valid text.", p->name);
	return 0;
}

int
form_parse(const char *text, size_t n, struct arena *a, struct form_pair **pairs,
    struct err *e)
{
	const char *at = text, *end = text + n;
	int count = 0, room = 1;

	for (const char *p = text; p < end; p++)
		room += *p == '&';
	if (room > FORM_PAIRS_MAX)
		return err_set(e, ERR_INPUT, "There are too many fields.");
	*pairs = arena_new(a, (size_t)room * sizeof(**pairs));
	while (at < end) {
		const char *stop = memchr(at, '&', (size_t)(end - at));

		if (!stop)
			stop = end;
		if (stop > at && add_pair(at, (size_t)(stop - at), a, &(*pairs)[count++], e) < 0)
			return -1;
		at = stop + 1;
	}
	return count;
}
