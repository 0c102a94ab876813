#ifndef LAUNCH_SPEC_H
#define LAUNCH_SPEC_H
/*
 * What a sandbox is, as an OCI runtime specification, printed from numbers and from names
 * that were validated: nothing in it comes from a user.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/base/buf.h"

/* A folder that is the sandbox's own: /run/carrel/<from>/<id><below> at to. */
struct spec_bind {
	const char *to, *from, *below, *mode;
};

#define SPEC_SHARES 256

/* A kind of sandbox: what is in it and what the guest runs. */
struct spec_template {
	const char *name;
	const char *image;	/* below /run/carrel/build/image; through a link */
	const char *command;	/* JSON: the guest's arguments */
	const char *env;	/* JSON: the guest's environment, beside what all have */
	const char *mounts;	/* JSON: beside what all have */
	const struct spec_bind *binds;	/* ended by {0}; beside what all have */
	bool has_volume;	/* and a way out, for packages */
	const char *runsc_flags;	/* beside what all have; NULL: none */
};

struct spec {
	const char *id;
	const struct spec_template *what;
	const char *root;	/* real path of the root file system */
	const char *guest;	/* the guest's folder, where it is not build/'s; else NULL */
	const char *group;	/* path of the control group */
	uint32_t epoch, memory_mb, cpu_percent, pids;
	uint32_t cpu_shares;	/* beside others' SPEC_SHARES; 0: those, too */
	uid_t workload_uid;
};

const struct spec_template *spec_find(const char *name);
void spec_print(const struct spec *s, struct buf *json);
/* Its walls, which do not depend on what: namespaces and limits. */
void spec_print_linux(const struct spec *s, struct buf *json);

#endif
