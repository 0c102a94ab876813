#ifndef LAUNCH_VERB_H
#define LAUNCH_VERB_H
/* What keep may ask: each verb, and in which states of a sandbox it does something. */
#include "../../shared/wire/launch.h"

/* Serves one valid message: answers now or later, exactly once (LIST: with many). */
void verb_serve(const struct launch_msg *m);
/* The answers to a LIST; also sent unasked, with tag 0, when launch starts. */
void verb_list(const struct launch_msg *m);

#endif
