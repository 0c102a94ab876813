#ifndef BOX_STAGE_H
#define BOX_STAGE_H
/*
 * The stage of the sandbox tests: a private mount and pid namespace with /run/carrel as
 * carreld makes it, launch under test, and the sides of keep and gate played by hand.
 *
 * Everything waits for a condition with a deadline, and fails the test where it passes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/rand.h"
#include "../../shared/wire/guest.h"
#include "../../shared/wire/launch.h"

#define WAIT_MS 30000
#define WORKLOAD_UID 61000

#define FAIL(...) stage_fail(__FILE__, __LINE__, __VA_ARGS__)
#define MUST(claim) do { if (!(claim)) FAIL("not so: %s", #claim); } while (0)

_Noreturn void stage_fail(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

struct stage_test {
	const char *name;
	void (*fn)(void);
};

/* The main of a program of tests: [list | name …].  Those that are named, or all, run in the
 * namespaces with a launch, after before (or NULL).  Leaves nothing behind. */
int stage_main(int argc, char **argv, const struct stage_test *tests, size_t n,
    void (*before)(void));
/* Whether a test is among those that were named, or none was. */
bool stage_is_asked(int argc, char **argv, const char *name);

/* launch, started and killed; keep's end of the link outlives it. */
void stage_launch_start(void);
void stage_launch_kill(void);
pid_t stage_launch_pid(void);

/* Messages to launch and from it. */
void stage_send(uint32_t verb, uint64_t tag, const char *id);
void stage_put(const struct launch_msg *m);
void stage_create(uint64_t tag, const char *id, uint32_t memory_mb, uint32_t pids);
/* The next message with this verb (and tag, unless 0); others are kept for later. */
struct launch_msg stage_expect(uint32_t verb, uint64_t tag);
/* The next LIST series: how many, and whether id is in it. */
unsigned stage_listed(const char *id, bool *is_in);

/* The guest's control socket. */
struct frame {
	uint32_t len;
	uint16_t type;
	uint64_t tag;
	unsigned char *payload;	/* free it */
};

struct state {
	uint32_t state, restarts, status;
	char tail[4097];
};

int stage_ctl(const char *id);		/* connected, HELLO read */
int stage_connect(const char *path);	/* when somebody listens there */
void stage_hello(int fd);
void stage_frame_put(int fd, uint16_t type, uint64_t tag, const struct buf *payload);
struct frame stage_frame_get(int fd);
struct state stage_state(int fd);
/* Waits for a STATE that is state; returns it. */
struct state stage_state_is(int fd, uint32_t state);
/* The payload of APPLY: pairs of path and content, ended by NULL. */
void stage_tree(struct buf *b, ...);
/* Sends it and returns the verdict's JSON, to be freed. */
char *stage_apply(int fd, uint64_t tag, const struct buf *tree);

/* Sends FREEZE and returns the payload of FROZEN, to be freed. */
struct frame stage_freeze(int fd, uint64_t tag, const char *base);

/* app.sock, as the gate. */
int stage_app(const char *id);
/* The whole answer to a GET, to be freed. */
char *stage_get(const char *id, const char *path);

/* `runsc exec` of a shell line as the workload; its output into out, its exit status. */
int stage_exec(const char *id, uid_t uid, const char *line, char *out, size_t size);
/* How many entries (below box, sb, ctl, egress, runsc, cgroups, processes) mention the id;
 * and those of its volume and checkpoints, mounts and loop devices as well. */
unsigned stage_traces_of_life(const char *id);
unsigned stage_traces(const char *id);
/* How many loop devices its volume has. */
unsigned stage_loops(const char *id);
int64_t stage_now_us(void);
/* Fails the test unless the descriptor becomes readable in time. */
void stage_await(int fd, const char *what);
/* Waits a moment before the next look at something that tells nobody when it changes;
 * false once the deadline has passed. */
bool stage_look_again(int64_t deadline_us);

#endif
