#ifndef LAUNCH_HOME_H
#define LAUNCH_HOME_H
/*
 * The folders of sandboxes, below /run/carrel:
 *
 *	box/<id>     root only: the bundle, runsc's log, and what outlives a launch
 *	sb/<id>      the gate's group may enter: app.sock and other doors
 *	ctl/<id>     keep's group may enter: ctl.sock
 *	egress/<id>  egress' own: egress.sock, which it makes
 *
 * Folders of the last three are readable by their group, for inotify asks for that.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/base/err.h"
#include "../../shared/conf/conf.h"

#define HOME_PATH_SIZE 128

struct home_life {
	uint32_t epoch, memory_mb;
};

int home_open(const struct conf *c, struct err *e);
/* "/run/carrel/box/<id>[/name]" */
void home_path(const char *id, const char *name, char out[HOME_PATH_SIZE]);
/* The real path of a template's root file system, which will never change; out:
 * PATH_MAX. */
int home_image(const char *image, char *out, struct err *e);
/* Whether that real path is a root file system that is still there. */
int home_root(const char *path, struct err *e);
/* Makes the folders; box/<id> first. */
int home_make(const char *id, const struct home_life *life, bool has_egress,
    const struct conf *c, struct err *e);
/* Removes them; box/<id> last. */
void home_remove(const char *id);
/* Zeroes where nothing usable was written. */
void home_read_life(const char *id, struct home_life *life);
/* The sandbox's process as runsc noted it, or 0. */
pid_t home_pid(const char *id);
/* How long the guest has held still for a checkpoint, which it began by removing its control
 * socket; −1: it does not. */
int64_t home_held_ms(const char *id);
/* What runsc or the guest said last before it failed, on one line, or "". */
void home_words(const char *id, char *out, size_t size);
/* Calls fn with every id that has a box folder. */
int home_each(void (*fn)(const char *id), struct err *e);

#endif
