#ifndef LAUNCH_BOX_H
#define LAUNCH_BOX_H
/*
 * The sandboxes of this machine's instance, each in one of five states:
 *
 *	ABSENT → STARTING → RUNNING ⇄ SAVING
 *	              └────────┴─────────┴→ STOPPING → ABSENT
 *
 * /run/carrel/box/<id> exists from before the first trace of a sandbox to after the last,
 * so a launch that was killed finds everything again.  Nothing here waits: a sandbox is
 * stopped by killing all that is in its control group, and looking again until nothing is
 * left.
 */
#include <sys/types.h>

#include "../../shared/base/err.h"
#include "../../shared/base/rand.h"
#include "../../shared/conf/conf.h"
#include "../../shared/wire/launch.h"
#include "../../shared/wire/loop.h"
#include "group.h"
#include "home.h"
#include "oom.h"

enum box_state { BOX_ABSENT, BOX_STARTING, BOX_RUNNING, BOX_SAVING, BOX_STOPPING };

struct box {
	struct box *next;
	char id[ID_SIZE];
	struct home_life life;
	enum box_state state;
	pid_t runsc_pid;	/* while STARTING or SAVING; 0: none */
	unsigned tasks;		/* of ours, that it cannot go away before */
	pid_t pid;		/* 0: not known */
	int pid_fd;		/* of pid; −1: none */
	struct watch *watch;
	struct timer *timer;	/* runsc's deadline, or the next look when STOPPING */
	struct oom *oom;
	int64_t stop_ms;
	struct group_figures last;	/* when it was stopped */
	struct launch_msg create, save;	/* being answered, where its verb is set */
	struct launch_msg died;	/* to be told, where its verb is set */
	struct launch_msg *kills;	/* to be answered */
	size_t kill_count;
};

typedef void box_send_fn(const struct launch_msg *m);

/* Makes the folders and finds what an earlier launch left: what still runs is taken over,
 * the rest is removed and told with DIED. */
int box_open(struct loop *l, const struct conf *c, box_send_fn *send, struct err *e);
struct box *box_find(const char *id);	/* NULL: absent */
struct box *box_first(void);
struct box *box_new(const char *id);	/* absent until its state is another */
/* Begins to end one that is starting or running.  It may be gone on return. */
void box_stop(struct box *b);
/* Notices its end from here on; false where it has ended already. */
bool box_watch(struct box *b);
/* Ends one that was being saved: there is no checkpoint, and this is why. */
void box_save_failed(struct box *b, int result, const char *text);
/* An unasked message about it: its figures, to be sent when something is added. */
void box_unasked(const struct box *b, uint32_t verb, struct launch_msg *m);
struct loop *box_loop(void);
const struct conf *box_conf(void);
void box_send(const struct launch_msg *m);
/* What main reaped. */
void box_reaped(pid_t pid, int status);

/* The message again, as an answer. */
void box_answer(const struct launch_msg *m, int result, const char *text);
void box_figures(struct launch_msg *m, const struct group_figures *f);

#endif
