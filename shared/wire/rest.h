#ifndef WIRE_REST_H
#define WIRE_REST_H
/*
 * The order to put everything to sleep, from carreld to keep, and what has become of it.
 *
 * Both are files, so that a keep that is killed in the middle finds the order again; the
 * bell hurries it.  As long as the order is there nothing is started.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

struct rest_order {
	int64_t until_ms;	/* boot time; what is not saved by then is lost */
	bool is_upgrade;	/* what was awake is to be awake afterwards */
};

struct rest_report {
	int left, notebooks;	/* not asleep yet: in all, and of these notebooks */
	int saved, lost;	/* notebooks: with their variables, and without */
};

/* carreld: gives the order; takes it back, and the report with it. */
int rest_give(const struct rest_order *o, struct err *e);
void rest_take_back(void);
/* False: there is none (yet). */
bool rest_read_report(struct rest_report *r);

/* keep: false: there is no order. */
bool rest_read_order(struct rest_order *o);
int rest_write_report(const struct rest_report *r, struct err *e);

#endif
