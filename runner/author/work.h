#ifndef AUTHOR_WORK_H
#define AUTHOR_WORK_H
/*
 * One job while author has it: from queued to a candidate in the store, or to its end.
 */
#include "author.h"

/* Takes the queued job; it is in a->first until it is done with.  False if the store
 * would not give it: look again later. */
bool work_start(struct author *a, const char *id);
/* Ends it as the person asked, and stops the bill at once. */
void work_cancel(struct work *w);
/* Looks whether it still is author's; if not (it ran out of time, its app was deleted),
 * it is dropped. */
void work_check(struct work *w);
struct work *work_find(struct author *a, const char *id);
struct work *work_next(const struct work *w);
/* Without a word to anybody: the program ends. */
void work_drop(struct work *w);
/* Ends a job that nobody has begun, as the person asked. */
void work_cancel_waiting(struct author *a, const char *id);

#endif
