#ifndef GATE_PATH_H
#define GATE_PATH_H
/*
 * What path.def, quiet.def and view.def say of an address, found in whatever spelling:
 * percent-encoded (also twice), doubled slashes, backslashes, dot segments, capitals.  The
 * address itself is passed on as it came; only this judgement looks at a plain form of it.
 */
#include "../../shared/text/head.h"

struct path {
	int app, notebook;	/* the status to refuse it with there; 0: may pass */
	bool is_shell;		/* of a notebook: leads to its terminal */
	bool is_quiet;		/* of a notebook: polling */
	bool is_quiet_tool;	/* the same, of its tool server */
	bool is_view;		/* may be posted in run mode */
};

struct path path_judge(struct text target);

#endif
