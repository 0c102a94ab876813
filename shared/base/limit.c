#include <stdio.h>
#include <stdlib.h>

#include "limit.h"
#include "log.h"
#include "num.h"

void
limit_load(const struct limit_row *rows, size_t n, int64_t *values)
{
	char name[64];

	for (size_t i = 0; i < n; i++) {
		const char *given;

		values[i] = rows[i].value;
		snprintf(name, sizeof(name), "CARREL_TEST_LIMIT_%s", rows[i].name);
		given = getenv(name);
		if (given && !num_int(given, 1, 1000000, &values[i]))
			log_warn("%s is not a number", name);
	}
}
