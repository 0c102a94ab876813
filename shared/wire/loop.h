#ifndef WIRE_LOOP_H
#define WIRE_LOOP_H
/*
 * The event loop: descriptors, timers, and nothing else; one thread.
 *
 * A callback may watch, change, forget and cancel anything, itself included: what was
 * forgotten gets no more calls, not even for events already read.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct watch;
struct timer;

typedef void watch_fn(struct loop *l, int fd, uint32_t events, void *arg);
typedef void timer_fn(struct loop *l, void *arg);
typedef void child_fn(pid_t pid, int status);

struct loop *loop_new(void);
void loop_free(struct loop *l);
/* Watches fd for EPOLLIN, EPOLLOUT … (level-triggered unless EPOLLET is given). */
struct watch *loop_watch(struct loop *l, int fd, uint32_t events, watch_fn *fn, void *arg);
void loop_change(struct loop *l, struct watch *w, uint32_t events);
/* NULL is fine.  Call it before closing the descriptor. */
void loop_forget(struct loop *l, struct watch *w);
/* Once, in ms milliseconds (≥ 0) of boot time. */
struct timer *loop_timer(struct loop *l, int64_t ms, timer_fn *fn, void *arg);
/* NULL is fine; a timer that has fired is gone and must not be cancelled. */
void loop_cancel(struct loop *l, struct timer *t);
/* Puts every timer off: for a process that was stopped for that long, or frozen and copied,
 * while the clock went on. */
void loop_put_off(struct loop *l, int64_t ms);
/* Reaps every child that ends, and tells fn (status as of waitpid).  Once a loop; SIGCHLD is
 * blocked from here on. */
void loop_children(struct loop *l, child_fn *fn);
/* Runs until loop_stop, or until SIGTERM or SIGINT (which it blocks and reads itself).  May
 * be run again, to finish what is under way. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
