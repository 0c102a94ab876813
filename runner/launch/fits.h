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
	char programs[200];	/* fingerprints of runsc and of the guest */
};

/* What a sandbox started now with this root depends on. */
int fits_now(struct fits *f, const char *root, struct err *e);
/* Kept in the folder dir. */
int fits_write(const struct fits *f, const char *dir, struct err *e);
int fits_read(struct fits *f, const char *dir, struct err *e);
/* CONFLICT, with words, where what f names has changed or is gone. */
int fits_check(const struct fits *f, struct err *e);

#endif
