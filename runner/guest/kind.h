#ifndef GUEST_KIND_H
#define GUEST_KIND_H
/* The kinds of workload, and what the guest does differently for each. */
#include <stdbool.h>

struct kind {
	const char *name;		/* WORKLOAD_KIND */
	const char *work_dir;		/* of the workload */
	const char *const *folders;	/* given to the workload with all in them; ended by NULL */
	const char *const *env;		/* of the workload, beside what all have; ended by NULL */
	bool is_judged;			/* the workload says whether an APPLY is good */
};

/* NULL: there is no such kind. */
const struct kind *kind_find(const char *name);

#endif
