#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/guest.h"
#include "ctl.h"
#include "hold.h"
#include "link.h"
#include "place.h"
#include "relay.h"

#define QUIET_MS 50
#define PATIENCE_MS 1000	/* for what is under way */
#define LATE_MS 2000		/* what follows a restore may come after the clock jumped */
#define RESTORED "rest"		/* how "restore" begins; the others are "resume" and "error" */

static struct {
	struct loop *loop;
	void (*restored)(void);
	struct timer *timer;	/* the next look; NULL: not holding */
	int64_t begun_ms;
	uint64_t moved;
} hold;

/* True once fd had something to say. */
static bool
is_told(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t until = clock_boot_ms() + ms;
	int rc;

	do
		rc = poll(&p, 1, ms);
	while (rc < 0 && errno == EINTR && clock_boot_ms() < until);
	return rc > 0;
}

/* Stays in here until the checkpoint was made, or was restored.  The loop is not asked
 * meanwhile: it would have only the workload to talk of, which is as frozen. */
static void
wait_for_checkpoint(void)
{
	AUTO_FD int fd = open(PLACE_CHECKPOINT, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char word[sizeof(RESTORED)] = "";

	ctl_hold();
	if (!is_told(fd, GUEST_HOLD_MS - LATE_MS))
		is_told(fd, LATE_MS);
	if (read(fd, word, sizeof(word) - 1) > 0 && strcmp(word, RESTORED) == 0)
		hold.restored();
}

static void
look(struct loop *l, void *arg)
{
	bool is_quiet = link_moved() == hold.moved;
	int64_t held_ms;

	(void)arg;
	hold.timer = NULL;
	hold.moved = link_moved();
	if (!is_quiet && clock_boot_ms() - hold.begun_ms < PATIENCE_MS) {
		hold.timer = loop_timer(l, QUIET_MS, look, NULL);
		return;
	}
	link_drop_all();
	held_ms = clock_boot_ms();
	wait_for_checkpoint();
	held_ms = clock_boot_ms() - held_ms;
	/* That time did not pass for anybody in here. */
	loop_put_off(l, held_ms);
	relay_resume();
	ctl_open(l);
}

void
hold_open(struct loop *l, void (*restored)(void))
{
	hold.loop = l;
	hold.restored = restored;
}

void
hold_begin(void)
{
	if (hold.timer)
		return;
	relay_hold();
	hold.begun_ms = clock_boot_ms();
	hold.moved = link_moved();
	hold.timer = loop_timer(hold.loop, QUIET_MS, look, NULL);
}
