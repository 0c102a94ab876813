#include <string.h>
#include <strings.h>

#include "../fence.h"
#include "snippet.h"

/* The language that a fence names: "python", "{python}" and "{.python .marimo}" are one. */
static bool
is_python(struct span info)
{
	static const char *const names[] = {"", "python", "python3", "py", "marimo"};
	size_t n = 0;

	while (info.len && strchr("{.", *info.at) && *info.at) {
		info.at++;
		info.len--;
	}
	while (n < info.len && !strchr(" :,}{", info.at[n]))
		n++;
	for (size_t i = 0; i < COUNT(names); i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], info.at, n) == 0)
			return true;
	return false;
}

/* Without empty lines before it, and without space behind it; the first line keeps its
 * indentation. */
static struct span
without_blank_ends(struct span s)
{
	size_t start = 0;

	while (s.len && strchr(" \t\n", s.at[s.len - 1]) && s.at[s.len - 1])
		s.len--;
	for (size_t i = 0; i < s.len && strchr(" \t\n", s.at[i]) && s.at[i]; i++)
		if (s.at[i] == '\n')
			start = i + 1;
	s.at += start;
	s.len -= start;
	return s;
}

/* Takes the mark away, with what is around it: "**DONE:** The mean is 4." */
static bool
take_done(const char **words)
{
	const char *at = *words + strspn(*words, " \t\n*#>_`");

	if (strncmp(at, "DONE", 4) != 0 || (at[4] >= 'A' && at[4] <= 'Z') ||
	    (at[4] >= 'a' && at[4] <= 'z'))
		return false;
	at += 4;
	*words = at + strspn(at, " \t\n*_`:.,-");
	return true;
}

void
snippet_parse(const char *text, size_t n, struct arena *a, struct snippet *out)
{
	struct fence *found = arena_new(a, FENCES_MAX * sizeof(*found));
	AUTO_BUF struct buf words = {0};
	struct span best = {0};
	int count;

	buf_init(&words, n + n + 16);
	count = fence_all(fence_normal(text, n, a), found, &words);
	for (int i = 0; i < count; i++) {
		struct span code = without_blank_ends(found[i].text);

		if (is_python(found[i].info) && code.len > best.len)
			best = code;
	}
	*out = (struct snippet){.words = arena_dupn(a, words.at, words.len)};
	if (best.len && best.len <= SNIPPET_BYTES)
		out->code = arena_dupn(a, best.at, best.len);
	out->is_done = take_done(&out->words);
}
