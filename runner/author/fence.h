#ifndef AUTHOR_FENCE_H
#define AUTHOR_FENCE_H
/*
 * Code between ``` lines (or ~~~ lines), as models write it.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"
#include "span.h"

#define FENCES_MAX 60

struct fence {
	struct span info;	/* what follows the opening mark: "tsx src/A.tsx" */
	struct span path;	/* src/… of info, a first comment or the line above */
	struct span text;
};

/* The text in which they are looked for: LF only, no byte order mark. */
struct span fence_normal(const char *text, size_t n, struct arena *a);
/* All fenced blocks; what stands around them is added to words. */
int fence_all(struct span all, struct fence found[FENCES_MAX], struct buf *words);
/* The fenced blocks that are source: all that name a path, and of the others the one that
 * is most likely the component.  What stands around all fences is added to words. */
int fence_find(struct span all, struct fence found[FENCES_MAX], struct buf *words);
/* The text without its leading line feed, and without a fence that encloses all of it. */
struct span fence_strip(struct span text);
/* True where the text holds SEARCH/REPLACE blocks. */
bool fence_is_edit(struct span text);

#endif
