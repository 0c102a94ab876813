#ifndef BOX_NOTEBOOK_H
#define BOX_NOTEBOOK_H
/*
 * One notebook's sandbox under test, from keep's and the gate's side.  What is in it is
 * fake_notebook.c, over the root file system of the image for apps.
 */
#include "app.h"

#define DISK_MB 64
#define DISK_FILES 2000

struct notebook {
	char id[ID_SIZE];
	int ctl_fd;		/* −1: none */
	pid_t pid;
};

/* Puts the fake image where launch looks for marimo's; once, before launch starts. */
void notebook_image(void);

/* A message to launch about id, with a new tag; answered. */
struct launch_msg notebook_msg(uint32_t verb, const char *id, const char *image);
struct launch_msg notebook_ask(uint32_t verb, const char *id, const char *image, uint32_t flags);
void notebook_must(uint32_t verb, const char *id, const char *image, int result);
/* CREATE, its answer awaited. */
struct launch_msg notebook_create(const char *id, const char *image);
void notebook_create_send(uint64_t tag, const char *id, const char *image);

/* A new id, created, its first files applied, ready. */
void notebook_open(struct notebook *n);
/* The same id again, from the checkpoint, or from nothing where image is "". */
void notebook_wake(struct notebook *n, const char *image);
/* Applies pairs of path and content; the verdict must hold what is expected. */
void notebook_apply(struct notebook *n, const char *path, const char *content,
    const char *expected);
/* HOLD, and its end awaited. */
void notebook_hold(struct notebook *n);
/* Killed; its volume stays. */
void notebook_kill(struct notebook *n);
/* Killed and erased; nothing of it is left. */
void notebook_close(struct notebook *n);

/* What the workload answers a line with, at that door, without its end; borrowed until the
 * next call. */
const char *notebook_say(const struct notebook *n, const char *door, const char *line);
void notebook_must_say(const struct notebook *n, const char *door, const char *line,
    const char *expected);
int notebook_connect(const struct notebook *n, const char *door);
/* A shell line inside, as the workload; its output must hold what is expected. */
void notebook_inside(const struct notebook *n, const char *line, const char *expected);

/* The content of a file of the volume, from the host. */
void notebook_must_hold(const char *id, const char *name, const char *expected);
double notebook_ms_since(int64_t begun_us);

#endif
