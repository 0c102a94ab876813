#ifndef GATE_WAKE_H
#define GATE_WAKE_H
/*
 * Waking on request.  The first request for a sleeping app asks the store once to have it
 * awake and rings the bell; it and all that follow wait until its socket answers.  That
 * is learned from the change of the socket's mode (inotify), from the bell, and from
 * looking again and again.  Browsers that go there get a page that comes back by itself;
 * everything else is held, whatever its method.
 */
#include "app.h"
#include "conn.h"

/* Takes a connection whose app could not be dialled: it waits, or is answered now. */
void wake_wait(struct conn *c);
/* The connection waits no more (it is closed, or answered). */
void wake_leave(struct conn *c);
/* Somebody rang for this id. */
void wake_hear(struct gate *g, const char *id);
/* Something happened to a folder that is watched; is_over: it is watched no more. */
void wake_notice(struct gate *g, int inotify_watch, bool is_over);
/* The app answers: where nobody waits, the waking is over. */
void wake_succeeded(struct gate *g, struct app *app);
/* Ends what was going on to wake it; nobody may be waiting. */
void wake_forget(struct gate *g, struct app *app);
/* The gate is to stop: all who wait are asked to come back in a second. */
void wake_dismiss(struct gate *g);
/* Is it being woken, and not for too long? */
bool wake_is_on(const struct gate *g, const struct app *app);

#endif
