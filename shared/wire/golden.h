#ifndef WIRE_GOLDEN_H
#define WIRE_GOLDEN_H
/*
 * Golden sandboxes: one of each template, booted once and saved, of which new sandboxes are
 * clones.  Each is an ordinary sandbox with a name of its own, which no workspace ever has
 * (ids of those are 128 random bits), and no row in the store.
 */
#include <stdbool.h>

#include "../base/rand.h"

/* "golden", the template's name, and as many "2" as an id needs; template: at most 16
 * letters. */
void golden_id(const char *template_name, char id[ID_SIZE]);
/* Whether such an id is of a golden sandbox. */
bool golden_is(const char *id);

#endif
