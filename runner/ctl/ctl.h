#ifndef CTL_H
#define CTL_H
/*
 * carrelctl: one sub-command per file, listed in command.def.
 */
#include <limits.h>
#include <stdbool.h>

#include "../../shared/conf/conf.h"
#include "../../shared/store/workspace.h"

struct ctl {
	struct conf conf;
	char var[PATH_MAX];	/* the state folder, absolute */
	bool is_inside;		/* a Carrel runs, and /run/carrel is its own */
	bool is_json, is_sleep;	/* --json, --sleep */
	struct db *db;		/* for commands that asked for the store */
	struct arena arena;	/* freed at the end */
	const char *const *args;	/* of the sub-command */
	int count;
};

/* A sub-command.  −1 with an error, else the exit status. */
typedef int ctl_command(struct ctl *c, struct err *e);
#define COMMAND(name, needs, usage, doc) ctl_command cmd_##name;
#include "command.def"
#undef COMMAND

/* The workspace meant by the first argument: its id, or the beginning of it, at least four
 * characters that only one has. */
int ctl_find(struct ctl *c, struct workspace *w, struct err *e);
/* All workspaces; the count, or −1. */
int ctl_all(struct ctl *c, struct workspace **rows, struct err *e);
/* One transaction: act, and a line for the audit. */
int ctl_change(struct ctl *c, const char *verb, const char *id,
    int (*act)(struct db *db, const char *id, struct err *e), struct err *e);

/* Text of a person on a terminal: control characters replaced; the caller's arena. */
const char *ctl_plain(struct ctl *c, const char *text);
/* "awake", "asleep", "starting" or "failed", for people. */
const char *ctl_state(const struct workspace *w);

#endif
