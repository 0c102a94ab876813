#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H
/*
 * What a program bounds, from its limit.def: LIMIT(name, value, status, sentence).
 */
#include <stddef.h>
#include <stdint.h>

struct limit_row {
	const char *name;
	int64_t value;		/* a name that ends in _ms or the like has the unit */
	int status;		/* HTTP's, for the excess; 0: nobody is told */
	const char *words;	/* the sentence that goes with it */
};

#define LIMIT_ROW(name, value, status, sentence) {#name, value, status, sentence},

/* The n values of rows, or what CARREL_TEST_LIMIT_<name> says instead, 1 to 1000000. */
void limit_load(const struct limit_row *rows, size_t n, int64_t *values);

#endif
