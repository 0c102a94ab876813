#ifndef WIRE_COUNT_H
#define WIRE_COUNT_H
/*
 * Counters that a program publishes: the file /run/carrel/count/<program>, mapped, so that
 * counting costs a few instructions and reading disturbs nobody.  They go on when a program is
 * started again, and begin anew with Carrel.  Where the file cannot be had, they count for
 * nobody.
 */
#include <stdbool.h>
#include <stdint.h>

#define COUNT_DIR "/run/carrel/count"

#define TOTAL(name)
#define LEVEL(name)
#define SPAN(name)
enum count_total {
#undef TOTAL
#define TOTAL(name) TOTAL_##name,
#include "count.def"
#undef TOTAL
#define TOTAL(name)
	TOTALS
};

enum count_level {
#undef LEVEL
#define LEVEL(name) LEVEL_##name,
#include "count.def"
#undef LEVEL
#define LEVEL(name)
	LEVELS
};

enum count_span {
#undef SPAN
#define SPAN(name) SPAN_##name,
#include "count.def"
#undef SPAN
	SPANS
};
#undef TOTAL
#undef LEVEL

enum {
#define STEP(ms) COUNT_STEP_##ms,
#include "span.def"
#undef STEP
	COUNT_STEPS	/* and one more, for what is beyond all of them */
};
extern const int count_steps[COUNT_STEPS];	/* ms */

struct count_spans {
	uint64_t steps[COUNT_STEPS + 1], sum_ms;
};

/* What took longest of late. */
#define COUNT_SLOW 12
#define COUNT_SLOW_MS 3600000	/* older ones make room */

struct count_slow {
	int64_t at, ms;			/* wall ms; how long it took */
	char what[64], id[40];		/* "GET /api/apps 200", "start of an app"; request or workspace */
};

struct count_page {
	uint64_t size;			/* of this struct: another one's file is not read */
	uint64_t totals[TOTALS];
	int64_t levels[LEVELS];
	struct count_spans spans[SPANS];
	struct count_slow slow[COUNT_SLOW];
};

/* Once, at the start; before it, and where it fails, a page of the program's own counts. */
void count_open(const char *program);
void count_add(enum count_total t, uint64_t n);
void count_level(enum count_level l, int64_t value);
void count_span(enum count_span s, int64_t ms);
/* Kept if it is among the slowest of the last hour. */
void count_slow(int64_t ms, int64_t now, const char *what, const char *id);

/* A copy of what a program has counted; false: nothing is there. */
bool count_read(const char *program, struct count_page *page);

#endif
