#ifndef CGI_TRIES_H
#define CGI_TRIES_H
/*
 * How many wrong tokens were shown for a workspace within the last minute.
 *
 * Counted in this process, in a table of a fixed size: workspaces may share a place in it,
 * which costs nobody anything but who guesses, as a right token is never counted.
 */
#include <stdint.h>

#include "../../shared/base/rand.h"

#define TRIES_MAX 20		/* within a minute */

/* Notes one more; 0: it is refused as wrong, else the seconds for which all wrong ones are
 * refused as too many.  now_ms: boot time. */
int tries_wrong(const char id[ID_SIZE], int64_t now_ms);

#endif
