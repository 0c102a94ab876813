#ifndef LAUNCH_FITS_H
#define LAUNCH_FITS_H
/*
 * What a checkpoint depends on: processes in it have mapped files of these, and runsc reads
 * only what the same build of it wrote.  A sandbox restored over anything else hangs.
 */
#include <limits.h>

#include "../../shared/base/err.h"

struct fits {
	char root[PATH_MAX];	/* real path of the root file system */
	char programs[300];	/* fingerprints of runsc, of the guest, of the processor */
	char spec[64];		/* and of how it is started: its specification, runsc's flags */
};

struct spec_template;
/* What a sandbox of the template depends on that is started now, with this root. */
int fits_now(struct fits *f, const struct spec_template *what, const char *root, struct err *e);
/* Kept in the folder dir. */
int fits_write(const struct fits *f, const char *dir, struct err *e);
int fits_read(struct fits *f, const char *dir, struct err *e);
/* Of f only the programs: those that are installed now. */
int fits_installed(struct fits *f, struct err *e);
/* CONFLICT, with words, where others are installed now than those of f. */
int fits_check_programs(const struct fits *f, struct err *e);
/* The same; and its root must be there. */
int fits_check(const struct fits *f, struct err *e);
/* The same, but what another build made is fine where its programs are kept (engine.h). */
int fits_wakes(const struct fits *f, struct err *e);
/* CONFLICT where f is not exactly what a sandbox of the template would depend on that is
 * started now. */
int fits_check_all(const struct fits *f, const struct spec_template *what, struct err *e);

#endif
