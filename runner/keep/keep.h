#ifndef KEEP_H
#define KEEP_H
/*
 * keep: the lifecycle of every sandbox, and the judging of what goes into them.
 *
 * The store says what is wanted; keep makes it so, one decision at a time (shared/rule), and
 * alone moves a sandbox's state.  What it holds in memory can be found again: at its start it
 * asks launch what exists and the store what should.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/base/log.h"
#include "../../shared/base/rand.h"
#include "../../shared/conf/conf.h"
#include "../../shared/rule/admit.h"
#include "../../shared/store/account.h"
#include "../../shared/store/db.h"
#include "../../shared/wire/guest.h"
#include "../../shared/wire/loop.h"

struct link;
struct golden;

enum box_phase {
	BOX_ASKED,	/* launch was asked to create it */
	BOX_BOOTING,	/* it runs; its workload is not ready */
	BOX_UP,
	BOX_HOLDING,	/* its guest was told to hold still for a checkpoint */
	BOX_SAVING,	/* launch was asked for the checkpoint */
	BOX_KILLING,	/* launch was asked to kill it */
};

/* For whom one is put to sleep before its time. */
enum box_press { PRESS_NONE, PRESS_MACHINE, PRESS_OWNER };

/* One sandbox that exists, or is being made or unmade. */
struct box {
	struct box *next;
	char id[ID_SIZE];		/* of its workspace */
	uint32_t epoch;
	enum box_phase phase;
	struct link *link;		/* to its guest; NULL: not connected */
	int64_t phase_ms;		/* boot time at which the phase began */
	int64_t ready_wall_ms;
	struct account_share share;	/* whose it is, and what it may use */
	int64_t share_ms;		/* boot time when that was looked up; 0: never */
	int64_t used_at;		/* wall time of its last use, when it was last decided about */
	bool is_seen;			/* somebody visited it in this life */
	bool may_sleep;			/* nobody and nothing in it would mind, then */
	enum box_press press;
	int64_t applied;		/* version that is in it; 0: none, or not known */
	int64_t applying;		/* version being applied (no job); 0: none */
	char judging[ID_SIZE];		/* job whose candidate is being applied; "" */
	int64_t apply_ms;		/* when that was sent */
	int64_t hold_until_ms;		/* nothing is applied before this boot time */
	int64_t freezing;		/* version that is being frozen; 0: none */
	int64_t freeze_ms;		/* when that was asked for */
	int freezes;			/* times it was, in this life */
	bool waits_for_freezer;		/* it is to be frozen, and others are */
	bool is_unfit;			/* what is applied does not compile: nothing to freeze */
	bool is_anew;			/* once ended, it is started again if that is still wanted */
	bool is_clone;			/* of the golden sandbox image; until it is up */
	struct golden *golden;		/* it is one itself (golden.h); else NULL */
	int64_t kill_ms;		/* boot time when launch was asked to kill it last */
	const char *stop_state;		/* while killing: how the store will call it */
	char stop_reason[300];		/* and why, for people; also while saving it to sleep */
	bool is_missed;			/* it was not in launch's last list */
	char request[LOG_ID_SIZE];	/* what asked for it, or for what is done in it; "" */
	int64_t asked_ms;		/* boot time when its start was asked for; 0: it was adopted */
	int64_t metered_usec, metered_bytes;	/* processor and memory, as launch said last */
	int64_t look_ms;		/* boot time when its figures were asked for last; 0: never */
	char image[ID_SIZE];		/* while asked for: what it is restored from; while it is
					   held or saved: what it becomes; "": nothing */
	/* Of a notebook: */
	bool is_notebook;
	bool is_snapshot;		/* while held or saved: it goes on afterwards */
	int64_t figures_ms, cpu_usec;	/* the last ones; 0: none */
	bool is_told_room;		/* that its memory does not fit onto the disk now */
	int64_t busy_ms;		/* boot time when it was last seen computing */
	enum guest_busy kernel;		/* what its guest said last */
	int64_t deaths;			/* of kernels, as its guest said last; −1: nothing yet */
	int64_t held_until;		/* wall time; somebody wants it awake till then */
	int64_t memory_bytes;		/* the last figure; 0: none */
	int64_t saved_at;		/* wall time when its kernel was kept last, or began */
	bool is_from_auto;		/* it was brought back from a snapshot of the background */
	int64_t oom_ms;			/* boot time when something in it was killed for want of
					   memory; 0: never */
};

/* line.c: who waits. */
struct line {
	int64_t waiting;		/* of the last round */
	bool is_round, is_due;		/* a round runs; one is to run soon */
	struct admit_facts facts;	/* of the machine, in a round */
	enum admit_why why;		/* what kept the last one that was looked at */
	int64_t gap_ms, last_ready_ms;	/* how fast it moves */
	int64_t moved_ms;		/* boot time of the last start */
	enum admit_why blocked;		/* what the first of them waits for */
	int64_t noted_ms, noted_gap_ms, noted_boot_ms;
	enum admit_why noted_why;
};

struct keep {
	struct conf conf;
	struct loop *loop;
	struct db *db;
	int launch_fd, bell_fd;
	struct box *boxes;
	bool is_round_due;		/* decide_soon was called */
	bool is_listed;			/* launch has told what exists */
	int64_t boot_ms_mean;		/* how long a start takes lately */
	int64_t started_ms;		/* boot time when a sandbox was started last, or we were */
	struct line line;
};

/* box.c */
struct sandbox;
struct box *box_find(struct keep *k, const char *id);
/* job: what it is for, or NULL. */
void box_start(struct keep *k, const struct sandbox *s, const char *job);
void box_stop(struct keep *k, struct box *b, const char *state, const char *reason);
void box_adopt(struct keep *k, const char *id, uint32_t epoch);
/* What it was to be restored from could not be: it is started from nothing, at once and as the
 * same life, so that whoever waits for it does not find it ended in between. */
void box_start_cold(struct keep *k, struct box *b);
/* launch says it exists no more. */
void box_ended(struct keep *k, struct box *b, const char *state, const char *reason,
    int64_t memory_peak);
/* Of the image that it runs. */
const char *box_template(const struct box *b);
void box_tick(struct keep *k);
/* Its share, looked up anew now and then. */
const struct account_share *box_share(struct keep *k, struct box *b);

/* line.c: the line of those who wait for a sandbox. */
/* May this one start now?  Where the line is not empty, only in its round. */
enum admit_why line_admits(struct keep *k, const struct account_share *s, bool is_waking);
/* Work that waits for a core, of one core. */
int64_t line_load_percent(void);
/* One starts, one has started: counts. */
void line_started(struct keep *k, bool is_app);
void line_ready(struct keep *k, int64_t took_ms);
/* Starts whom it can when what is going on is done; each second also tells the others their
 * place. */
void line_soon(struct keep *k);
void line_tick(struct keep *k);

/* press.c: puts to sleep, soon, whom nobody used for longest, of an owner or (NULL) of all. */
void press(struct keep *k, const char *owner);

/* notebook.c: what becomes of a notebook's sandbox beyond starting and killing. */
struct launch_msg;
/* True: something was done, so that nothing else need be decided now. */
bool notebook_consider(struct keep *k, struct box *b, const struct sandbox *s,
    struct arena *a);
/* Puts it to sleep with its kernel, or ends it where that cannot be. */
void notebook_sleep(struct keep *k, struct box *b, const char *reason);
/* The guest's connection has ended: it is held. */
void notebook_held(struct keep *k, struct box *b);
void notebook_saved(struct keep *k, const struct launch_msg *m);
void notebook_launch_restarted(struct keep *k);
/* It ended while it was saved to sleep; true: that was all there is to do. */
bool notebook_died_saving(struct keep *k, struct box *b, int64_t memory_peak);
/* Within a transaction: it runs (again), and what it slept in is of no use any more. */
int notebook_runs(struct keep *k, struct box *b, struct err *e);
/* Whether its kernel is too large to be kept. */
bool notebook_is_large(const struct box *b);
/* Waits no longer than it should: one that was told to hold still and does not. */
void notebook_tick(struct keep *k);

/* busy.c */
/* Whether it computes, as far as is known; asks for figures now and then. */
bool notebook_is_busy(struct keep *k, struct box *b);
/* Its guest says how it is. */
void notebook_heard_busy(struct box *b, uint32_t busy);
void notebook_figures(struct keep *k, const struct launch_msg *m);

/* loss.c: what was lost, and what those of the notebook are told of it. */
#define NOTEBOOK_CUT_SHORT "It was being put to sleep when Carrel was restarted; opening it " \
	"wakes it."
#define NOTEBOOK_INTACT " Your notebook and its files are as they were; run it again."
void notebook_note(struct keep *k, const char *id, const char *notice);
/* It could not be restored: it is started from nothing instead. */
void notebook_not_restored(struct keep *k, struct box *b, const char *words);
/* Its volume was there and is not any more: said, and it begins with an empty one. */
void notebook_files_lost(struct keep *k, struct box *b);
void notebook_oom(struct keep *k, const struct launch_msg *m);
/* Its guest says how many kernels have ended by themselves. */
void notebook_heard_deaths(struct keep *k, struct box *b, uint32_t deaths);
/* Its workload ended, and is started again by the guest. */
void notebook_server_ended(struct keep *k, const struct box *b);
void notebook_died(struct keep *k, const struct box *b, const char *reason);
/* "It ran out of memory: 2.0 of 2 GiB." */
void notebook_memory_words(uint64_t peak_bytes, uint32_t limit_mb, char *out, size_t size);
/* Within a transaction: it ran when everything was stopped.  True: its end is noted, because
 * its kernel may have been saved at that very moment. */
bool notebook_restarted(struct keep *k, const struct sandbox *s);

/* spare.c: kernels that are kept in the background, and those that are kept no longer. */
/* Has its kernel kept as it is now; it goes on. */
void spare_save(struct keep *k, struct box *b);
/* Within a transaction: one that was just made replaces the one before. */
int spare_made(struct keep *k, const struct box *b, struct err *e);
/* Within a transaction: one died, ran_ms after it was brought back from its spare kernel (−1:
 * it was not).  True: it starts next from there, and words say so. */
bool spare_take(struct keep *k, const char *id, int64_t ran_ms, char *words, size_t size);
/* The kernel it sleeps with, and the spare one, are let go. */
void spare_evict(struct keep *k, const struct sandbox *s, const char *reason);
void spare_tick(struct keep *k);

/* volume.c: volumes that are mounted without a sandbox, and what is to be erased. */
void volume_consider(struct keep *k, const char *id);
void volume_mounted(struct keep *k, const struct launch_msg *m);
void volume_unmounted(struct keep *k, const struct launch_msg *m);
void volume_erased(struct keep *k, const struct launch_msg *m);
void volume_tick(struct keep *k);
/* launcher.c */
void launcher_start(struct keep *k);
struct notebook;
/* n: NULL for an app. */
void launcher_create(struct keep *k, const struct box *b, const struct notebook *n);
void launcher_create_golden(struct keep *k, const struct box *b, uint32_t disk_mb,
    uint32_t disk_files);
void launcher_create_shot(struct keep *k, const char *workspace, int64_t version);
void launcher_find(struct keep *k, const char *id, const char *template_name);
void launcher_kill(struct keep *k, const char *id);
void launcher_list(struct keep *k);
void launcher_save(struct keep *k, const struct box *b);
void launcher_stat(struct keep *k, const struct box *b);
void launcher_mount(struct keep *k, const char *id, int64_t disk_mb, int64_t disk_files);
void launcher_unmount(struct keep *k, const char *id);
/* One checkpoint; "": the volume and all checkpoints. */
void launcher_erase(struct keep *k, const char *id, const char *image);

/* meter.c: what sandboxes take, into the store.  A life is counted from meter_begin on, also
 * where keep is another one by then; meter_end is called within a transaction. */
void meter_begin(struct keep *k, const char *id, uint32_t epoch, uint32_t memory_mb);
int meter_end(struct keep *k, const struct box *b, struct err *e);
/* It answers for the first time; before anything else is noted of it. */
void meter_ready(const struct box *b);
/* Takes what any message of launch says of a sandbox. */
void meter_figures(struct keep *k, const struct launch_msg *m);
void meter_tick(struct keep *k);

/* link.c: the connection to a guest. */
struct link *link_open(struct keep *k, struct box *b);
void link_close(struct link *ln);
bool link_is_ready(const struct link *ln);
/* That it is ready; where the store does not take it, decide does it again. */
void link_note_running(struct keep *k, struct box *b);
struct source;
void link_apply(struct link *ln, const struct source *s);
void link_freeze(struct link *ln, const char *base);
void link_hold(struct link *ln);
/* Asks whether it computes. */
void link_ping(struct link *ln);

/* work.c: versions and candidates into a box that is there. */
struct sandbox;
struct job;
void work_consider(struct keep *k, struct box *b, const struct sandbox *s,
    const struct job *open_job, struct arena *a);
void work_verdict(struct keep *k, struct box *b, const char *json, size_t n);
void work_restarted(struct keep *k, struct box *b);
void work_lost(struct keep *k, struct box *b, const char *reason);
bool work_is_ours(const struct job *j);		/* to judge, and not author's to write */
void work_fail(struct keep *k, const char *job, const char *kind, const char *text);
/* To those who follow a job or an assist that ended without success. */
void work_tell_end(const char *id, const char *kind, const char *text);

/* late.c: what no message brings. */
void late_tick(struct keep *k);

/* freeze.c: versions as files that need no sandbox. */
/* Has it freeze what is in it, where that is still to be done and no other one is at it. */
void freeze_consider(struct keep *k, struct box *b, const struct sandbox *s);
void freeze_answer(struct keep *k, struct box *b, const void *payload, size_t n);
/* Removes files that are not wanted any more, and gives up who does not answer. */
void freeze_tick(struct keep *k);
/* Once, before the first tick: what a sudden end left behind. */
void freeze_tidy(struct keep *k);
/* shot.c: pictures of frozen apps. */
void shot_tick(struct keep *k);
void shot_heard(struct keep *k, const struct launch_msg *m);	/* launch, of its sandbox */
void shot_listed(struct keep *k);	/* launch has it running */
/* launch was killed and started again: what it was asked for is not answered. */
void shot_launch_restarted(struct keep *k);
/* clock.c: whether the wall clock was set, and what follows from that. */
void clock_tick(struct keep *k);
const char *clock_restarted(void);	/* "Carrel was restarted", or the machine */
/* room.c: whether the disk has room, every second; and for so much more. */
void room_tick(struct keep *k);
bool room_for(int64_t bytes);
/* rest.c: everything to sleep, because Carrel stops or is upgraded (wire/rest.h). */
bool rest_is_on(void);
void rest_look(struct keep *k);		/* whether that was ordered, or taken back */
/* A sandbox has ended; was_live: with variables in it. */
void rest_ended(struct keep *k, const char *id, bool was_live, const char *state);

/* decide.c */
void decide(struct keep *k, const char *id);
void decide_heard(struct keep *k, const char *id);	/* of a workspace, or of a job */
void decide_all(struct keep *k);
void decide_soon(struct keep *k);	/* decide_all, when what is going on is done */

#endif
