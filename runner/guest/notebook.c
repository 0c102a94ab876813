#include <string.h>

#include "../../shared/base/err.h"
#include "apply.h"
#include "notebook.h"
#include "place.h"
#include "source.h"
#include "user.h"
#include "work.h"

#define GOOD "{\"ok\":true}"

void
notebook_apply(struct conn *c, uint64_t tag, const void *payload, size_t n)
{
	struct source s;
	struct err e;
	int rc;

	if (source_parse(&s, "", payload, n, &e) < 0) {
		apply_refuse(c, tag, "input", e.text);
		return;
	}
	user_begin();
	rc = source_fill(&s, PLACE_NOTEBOOK, &e);
	user_end();
	if (rc < 0 && e.kind == ERR_FULL) {
		apply_refuse(c, tag, "full", "There is no space left for the files.");
	} else if (rc < 0) {
		apply_refuse(c, tag, "files", "The files could not be written.");
	} else {
		work_begin();
		ctl_verdict(c, tag, GOOD, strlen(GOOD));
	}
}
