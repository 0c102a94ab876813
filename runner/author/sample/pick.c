#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pick.h"
#include "../../../shared/base/buf.h"
#include "../../../shared/base/mem.h"

/* One weak word is no reason to answer with a component. */
#define PICK_ENOUGH 4
#define PROMPT_MAX 20000
#define KEYWORD_MAX 48

static const struct sample samples[] = {
#define SAMPLE(name, title, summary, keywords) {#name, title, summary, keywords},
#include "sample.def"
#undef SAMPLE
};

struct keyword {
	char words[KEYWORD_MAX];
	int weight;
};

/* Reads the next keyword of a list; NULL after the last. */
static const char *
next_keyword(const char *list, struct keyword *k)
{
	size_t len, n;

	list += strspn(list, " ");
	if (!*list)
		return NULL;
	len = strcspn(list, ":");
	for (n = 0; n < len && n < KEYWORD_MAX - 1; n++)
		k->words[n] = list[n] == '+' ? ' ' : list[n];
	k->words[n] = '\0';
	k->weight = atoi(list + len + 1);
	return list + len + strcspn(list + len, " ");
}

/* The prompt as " word word word ": letters and digits in lower case, single spaces. */
static void
plain_words(const char *prompt, struct buf *to)
{
	const unsigned char *p;

	buf_char(to, ' ');
	for (p = (const unsigned char *)prompt; *p && to->len + 2 < to->max; p++) {
		if (isalnum(*p) || *p >= 0x80)
			buf_char(to, (char)tolower(*p));
		else if (*p != '\'' && to->at[to->len - 1] != ' ')
			buf_char(to, ' ');
	}
	if (to->at[to->len - 1] != ' ')
		buf_char(to, ' ');
}

/* Where the words (or their plural) stand in plain text; NULL if nowhere. */
static const char *
find_words(const char *plain, const char *words)
{
	size_t n = strlen(words);
	const char *p, *end;

	for (p = plain; (p = strstr(p, words)); p++) {
		if (p[-1] != ' ')
			continue;
		end = p + n;
		if (*end == 's')
			end++;
		if (*end == ' ')
			return p;
	}
	return NULL;
}

const struct sample *
pick_sample(const char *prompt)
{
	const struct sample *s, *best = pick_fallback();
	int score, best_score = PICK_ENOUGH - 1;
	const char *first, *best_first = NULL, *at, *list;
	AUTO_BUF struct buf plain = {0};
	struct keyword k;

	buf_init(&plain, PROMPT_MAX + 2);
	plain_words(prompt, &plain);
	for (s = samples; s != pick_fallback(); s++) {
		score = 0;
		first = NULL;
		for (list = s->keywords; (list = next_keyword(list, &k)); ) {
			if (!(at = find_words(plain.at, k.words)))
				continue;
			score += k.weight;
			if (!first || at < first)
				first = at;
		}
		if (score > best_score ||
		    (score == best_score && best_first && first < best_first)) {
			best = s;
			best_score = score;
			best_first = first;
		}
	}
	return best;
}

const struct sample *
pick_fallback(void)
{
	return &samples[COUNT(samples) - 1];
}

bool
pick_knows(const char *word)
{
	const struct sample *s;
	const char *list;
	struct keyword k;

	for (s = samples; s != pick_fallback(); s++)
		for (list = s->keywords; (list = next_keyword(list, &k)); )
			if (!strcmp(k.words, word))
				return true;
	return false;
}

const struct sample *
pick_at(unsigned n)
{
	return n < COUNT(samples) ? &samples[n] : NULL;
}
