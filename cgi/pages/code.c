/* The code tab: one file of one version. */
#include <string.h>

#include "../../shared/store/version.h"
#include "../../shared/wire/guest.h"
#include "view.h"

static const char *
language_of(const char *path)
{
	static const struct {
		const char *ending, *language;
	} known[] = {{".tsx", "tsx"}, {".ts", "tsx"}, {".jsx", "tsx"}, {".js", "tsx"},
	    {".css", "css"}, {".json", "json"}};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < COUNT(known); i++)
		if (strcmp(dot, known[i].ending) == 0)
			return known[i].language;
	return "";
}

/* Every "/" of a path as %2F; the other characters of our paths need no escape. */
static const char *
escaped_path(struct req *r, const char *path)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 3 * SOURCE_PATH_MAX + 1);
	for (; *path; path++)
		buf_fmt(&b, *path == '/' ? "%%2F" : "%c", *path);
	return arena_dup(&r->arena, b.at);
}

static void
add_versions(struct req *r, const struct workspace *w, int64_t shown, cJSON *code)
{
	cJSON *list = cJSON_AddArrayToObject(code, "versions");

	for (int64_t n = w->versions; n >= 1; n--) {
		cJSON *o = cJSON_CreateObject();

		view_number(o, "version", n);
		view_text(o, "label", arena_fmt(&r->arena, "version %lld%s", (long long)n,
		    n == w->current ? ", current" : ""));
		view_true(o, "selected", n == shown);
		cJSON_AddItemToArray(list, o);
	}
}

static void
add_files(struct req *r, const struct source *s, const struct source_file *shown,
    int64_t version, cJSON *code)
{
	cJSON *list = cJSON_AddArrayToObject(code, "files");

	for (int i = 0; i < s->count; i++) {
		const struct source_file *f = &s->files[i];
		cJSON *o = cJSON_CreateObject();

		view_text(o, "path", f->path);
		view_text(o, "href", arena_fmt(&r->arena, "?tab=code&version=%lld&file=%s",
		    (long long)version, escaped_path(r, f->path)));
		view_true(o, "selected", f == shown);
		view_text(o, "size", arena_fmt(&r->arena, "%zu KB", (f->len + 1023) / 1024));
		cJSON_AddItemToArray(list, o);
	}
	view_true(code, "several", s->count > 1);
}

int
code_add(struct req *r, const struct workspace *w, int64_t version, const char *file,
    cJSON *c, struct err *e)
{
	const struct source_file *shown;
	struct source s;
	cJSON *code;
	int lines = 0;

	if (source_get(r->db, w->id, version, &r->arena, &s, e) < 0)
		return -1;
	shown = source_find(&s, file ? file : "src/LLMComponent.tsx");
	if (!shown && file)
		return err_field(e, ERR_MISSING, "file", "Version %lld has no file of this name.",
		    (long long)version);
	shown = shown ? shown : &s.files[0];
	for (const char *p = shown->text; *p; p++)
		lines += *p == '\n' || !p[1];
	code = cJSON_AddObjectToObject(c, "code");
	view_number(code, "version", version);
	view_true(code, "is_current", version == w->current);
	add_versions(r, w, version, code);
	add_files(r, &s, shown, version, code);
	view_text(code, "path", shown->path);
	view_text(code, "text", shown->text);
	view_text(code, "lines", arena_fmt(&r->arena, "%d line%s", lines, lines == 1 ? "" : "s"));
	view_text(code, "language", language_of(shown->path));
	return 0;
}
