#ifndef AUTHOR_ASSIST_HELP_H
#define AUTHOR_ASSIST_HELP_H
/*
 * One assist while author has it: from queued to its end.
 *
 * A cell is one question to the model.  An agent is a conversation: each answer is a step,
 * whose code is run in the notebook, until an answer says DONE, or the budget of steps or
 * tokens is used up, or somebody stops it.
 */
#include "../author.h"

struct help;

/* Takes the queued assist; it is in a->helps until it is done with.  False if the store
 * would not give it: look again later. */
bool help_start(struct author *a, const char *id);
/* Ends it as the person asked: stops the bill, and interrupts the code that runs. */
void help_cancel(struct help *h);
/* Looks whether it still is author's; if not (its notebook was deleted), it is dropped. */
void help_check(struct help *h);
struct help *help_find(struct author *a, const char *id);
struct help *help_next(const struct help *h);
/* Without a word to anybody: the program ends. */
void help_drop(struct help *h);
/* Ends one that nobody has begun, as the person asked. */
void help_cancel_waiting(struct author *a, const char *id);
/* At author's start: what an author before it had begun is begun anew, or ended. */
int help_requeue(struct author *a, struct err *e);
/* Those that were begun and that nobody has any more, because their end could not be saved
 * when it came: others of their notebook wait behind them. */
void help_end_lost(struct author *a);

#endif
