#ifndef GATE_PATH_H
#define GATE_PATH_H
/*
 * The addresses of path.def, found in whatever spelling: percent-encoded (also twice),
 * doubled slashes, backslashes, dot segments, capitals.  The address itself is passed on
 * as it came; only this judgement looks at a plain form of it.
 */
#include "../../shared/text/head.h"

/* 0: may pass; else the status to refuse it with. */
int path_refusal(struct text target);

#endif
