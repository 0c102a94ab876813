#include <stdio.h>
#include <string.h>

#include "../../shared/base/num.h"
#include "ask.h"

#define METADATA ".metadata"
#define ONLY "Only package downloads are allowed from here."

static bool
take_prefix(struct text *t, const char *prefix)
{
	if (!text_starts(*t, prefix) || memcmp(t->at, prefix, strlen(prefix)) != 0)
		return false;
	t->at += strlen(prefix);
	t->len -= strlen(prefix);
	return true;
}

/* Takes "/last" off; false where there is no slash. */
static bool
take_last(struct text *t, struct text *last)
{
	const char *slash = t->len ? memrchr(t->at, '/', t->len) : NULL;

	if (!slash)
		return false;
	*last = (struct text){slash + 1, (size_t)(t->at + t->len - slash - 1)};
	t->len = (size_t)(slash - t->at);
	return true;
}

/* <name>/<checksum>/<filename>, where a name may have a slash of its own. */
static bool
read_file_path(struct text t, const struct ecosystem *eco, struct ask *a)
{
	struct text file, hex;

	if (!take_last(&t, &file) || !file.len || !take_last(&t, &hex) ||
	    !digest_from_hex(eco->kind, hex.at, hex.len, a->digest))
		return false;
	a->is_metadata = file.len > strlen(METADATA) &&
	    memcmp(file.at + file.len - strlen(METADATA), METADATA, strlen(METADATA)) == 0;
	return eco->clean(t, a->name);
}

static bool
read_path(struct text target, struct ask *a)
{
	const char *query = memchr(target.at, '?', target.len);

	if (query)
		target.len = (size_t)(query - target.at);
	for (int i = 0; i < ECOSYSTEMS; i++) {
		const struct ecosystem *eco = &ecosystems[i];
		struct text t = target;

		a->eco = (enum ecosystem_id)i;
		a->what = ASK_FILE;
		if (take_prefix(&t, eco->files))
			return read_file_path(t, eco, a);
		a->what = ASK_PAGE;
		if (!take_prefix(&t, eco->pages))
			continue;
		if (t.len && t.at[t.len - 1] == '/')
			t.len--;
		return eco->clean(t, a->name);
	}
	return false;
}

/* Thousandths of an item's q, 1000 without one. */
static int
quality(struct text parameters)
{
	struct text item;
	int q = 0, unit = 1000;

	while (text_item(&parameters, ';', &item)) {
		if (!text_starts(item, "q="))
			continue;
		for (size_t i = 2; i < item.len && unit; i++) {
			if (item.at[i] == '.')
				continue;
			q += (item.at[i] >= '0' && item.at[i] <= '9' ? item.at[i] - '0' : 0) * unit;
			unit /= 10;
		}
		return q > 1000 ? 1000 : q;
	}
	return 1000;
}

/* JSON for those who want it at least as much; people and old programs get HTML. */
static enum ask_form
choose_form(struct text accept)
{
	struct text item, type;
	int json = 0, html = 0;

	while (text_item(&accept, ',', &item)) {
		if (!text_item(&item, ';', &type))
			continue;
		if (text_is(type, "application/vnd.pypi.simple.v1+json") ||
		    text_is(type, "application/vnd.pypi.simple.latest+json"))
			json = quality(item);
		else if (text_is(type, "application/vnd.pypi.simple.v1+html") ||
		    text_is(type, "text/html"))
			html = quality(item) > html ? quality(item) : html;
	}
	return json && json >= html ? FORM_JSON : FORM_HTML;
}

static struct text
value_of(const struct head *h, const char *name)
{
	const struct head_field *f = head_find(h, name, NULL);

	return f ? f->value : (struct text){"", 0};
}

static void
copy_value(const struct head *h, const char *name, char *out, size_t size)
{
	struct text t = value_of(h, name);

	out[0] = '\0';
	if (t.len < size)
		snprintf(out, size, "%.*s", (int)t.len, t.at);
}

static bool
is_last(const struct head *h)
{
	bool has_close = false;

	for (int i = 0; i < h->count; i++)
		if (text_is(h->fields[i].name, "connection"))
			has_close |= text_lists(h->fields[i].value, "close");
	return has_close || h->minor == 0;
}

int
ask_judge(const struct head *h, struct ask *a, const char **words)
{
	*a = (struct ask){.is_head = text_is(h->method, "head"), .is_last = is_last(h)};
	if (h->is_chunked || h->length > 0) {
		a->is_last = true;
		*words = "A request for a package has no body.";
		return 400;
	}
	if (!read_path(h->target, a)) {
		*words = ONLY;
		return 403;
	}
	if (!a->is_head && !text_is(h->method, "get")) {
		*words = ONLY;
		return 405;
	}
	a->form = a->eco == ECOSYSTEM_pypi ? choose_form(value_of(h, "accept")) : FORM_JSON;
	copy_value(h, "if-none-match", a->none_match, sizeof(a->none_match));
	copy_value(h, "range", a->range, sizeof(a->range));
	copy_value(h, "if-range", a->if_range, sizeof(a->if_range));
	return 0;
}

int
ask_range(const char *range, int64_t size, int64_t *first, int64_t *bytes)
{
	char from[24], to[24];
	const char *dash;
	int64_t start = 0, end = size - 1;

	if (strncmp(range, "bytes=", 6) != 0 || !(dash = strchr(range, '-')) ||
	    strlen(dash + 1) >= sizeof(to) || (size_t)(dash - range - 6) >= sizeof(from))
		return 200;
	snprintf(from, sizeof(from), "%.*s", (int)(dash - range - 6), range + 6);
	snprintf(to, sizeof(to), "%s", dash + 1);
	if (from[0] ? !num_int(from, 0, INT64_MAX, &start) : !to[0])
		return 200;
	if (to[0] && !num_int(to, 0, INT64_MAX, &end))
		return 200;
	if (!from[0]) {		/* the last so many */
		start = end < size ? size - end : 0;
		if (!end)
			return 416;
		end = size - 1;
	} else if (to[0] && end < start) {
		return 200;
	}
	if (start >= size)
		return 416;
	*first = start;
	*bytes = (end < size ? end : size - 1) - start + 1;
	return 206;
}
