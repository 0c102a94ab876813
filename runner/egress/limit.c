#include <stdio.h>
#include <stdlib.h>

#include "../../shared/base/log.h"
#include "../../shared/base/num.h"
#include "egress.h"

static const struct {
	const char *name;
	int64_t value;
	int status;
	const char *words;
} limits[] = {
#define LIMIT(name, value, status, sentence) {#name, value, status, sentence},
#include "limit.def"
#undef LIMIT
};

void
limit_load(struct egress *g)
{
	char name[64];

	for (int i = 0; i < LIMITS; i++) {
		const char *given;

		g->limits[i] = limits[i].value;
		snprintf(name, sizeof(name), "CARREL_TEST_LIMIT_%s", limits[i].name);
		given = getenv(name);
		if (given && !num_int(given, 1, 1000000, &g->limits[i]))
			log_warn("%s is not a number", name);
	}
}

int
limit_status(enum limit l)
{
	return limits[l].status;
}

const char *
limit_words(enum limit l)
{
	return limits[l].words;
}
