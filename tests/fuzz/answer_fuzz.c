/*
 * Any bytes as a model's answer to an app of two files: whatever comes of it is within
 * every limit, below src/, and one line of summary.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/author/answer.h"
#include "../../runner/author/candidate.h"
#include "../../shared/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static void
check_source(const struct source *s)
{
	size_t total = 0;

	MUST(s->count >= 1 && s->count <= SOURCE_FILES_MAX &&
	    source_find(s, ANSWER_ENTRY));
	for (int i = 0; i < s->count; i++) {
		const struct source_file *f = &s->files[i];

		MUST(answer_path_is_good(f->path) && f->len <= SOURCE_FILE_BYTES + 1);
		MUST(f->text[f->len] == '\0');
		MUST(i == 0 || strcmp(s->files[i - 1].path, f->path) < 0);
		total += f->len;
	}
	MUST(total <= SOURCE_BYTES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct source_file files[] = {
		{ANSWER_ENTRY, "import { a } from './a';\nexport default a;\n", 43},
		{"src/a.ts", "export const a = 1;\n\tconst b = 2;\n", 34},
	};
	const struct source base = {files, 2};
	struct arena a = {0};
	struct answer answer;
	struct source made;
	struct err e = {0};

	if (answer_parse((const char *)bytes, n, &a, &answer, &e) < 0 ||
	    (answer.count && candidate_make(&answer, &base, &a, &made, &e) < 0)) {
		MUST(e.kind == ERR_INPUT && e.text[0]);
	} else if (answer.count) {
		check_source(&made);
	}
	MUST(!strchr(answer.summary, '\n') &&
	    strlen(answer.summary) < sizeof(answer.summary));
	if (utf8_is_text((const char *)bytes, n))
		MUST(utf8_is_text(answer.summary, strlen(answer.summary)));
	arena_free(&a);
	return 0;
}
