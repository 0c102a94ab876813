/*
 * The connection to the guest of one sandbox: frames of shared/wire/guest.def.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/version.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/dial.h"
#include "../../shared/wire/pack.h"
#include "golden.h"

#define DIAL_EVERY_MS 10
#define DIAL_SOON_MS 1		/* a clone's guest is there at once */
#define SOON_DIALS 30
#define CTL_DIR "/run/carrel/ctl"

struct link {
	struct keep *keep;
	struct box *box;
	int fd;			/* −1: dialling */
	struct watch *watch;
	struct timer *redial;
	unsigned dials;
	struct buf in, out;
	uint64_t tag;		/* of what was sent last */
	uint64_t apply_tag;	/* of the last APPLY */
	uint64_t freeze_tag;	/* of the last FREEZE */
	bool is_greeted;
	bool is_ready;
	bool *is_gone;		/* set when it is closed, where somebody wants to know */
};

static void dial_guest(struct loop *l, void *arg);

static void
hang_up(struct link *ln)
{
	loop_forget(ln->keep->loop, ln->watch);
	ln->watch = NULL;
	if (ln->fd >= 0)
		close(ln->fd);
	ln->fd = -1;
	ln->is_greeted = ln->is_ready = false;
	buf_reset(&ln->in);
	buf_reset(&ln->out);
}

void
link_close(struct link *ln)
{
	if (!ln)
		return;
	hang_up(ln);
	if (ln->is_gone)
		*ln->is_gone = true;
	loop_cancel(ln->keep->loop, ln->redial);
	buf_free(&ln->in);
	buf_free(&ln->out);
	free(ln);
}

bool
link_is_ready(const struct link *ln)
{
	return ln && ln->is_greeted;
}

static void
redial(struct link *ln)
{
	bool was_greeted = ln->is_greeted;

	hang_up(ln);
	if (was_greeted)
		work_restarted(ln->keep, ln->box);	/* what was sent may not have arrived */
	if (!ln->redial)
		ln->redial = loop_timer(ln->keep->loop, ln->dials++ < SOON_DIALS ? DIAL_SOON_MS :
		    DIAL_EVERY_MS, dial_guest, ln);
}

void
link_note_running(struct keep *k, struct box *b)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 ||
	    sandbox_set_running(k->db, b->id, b->ready_wall_ms, &e) < 0 ||
	    (b->is_notebook && notebook_runs(k, b, &e) < 0) || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("cannot note that %s runs: %s", b->id, e.text);
	} else if (b->is_notebook) {
		b->image[0] = '\0';
	}
}

static void
heard_state(struct link *ln, struct unpack *u)
{
	struct keep *k = ln->keep;
	struct box *b = ln->box;
	uint32_t state = unpack_u32(u), restarts = unpack_u32(u);
	size_t n;
	const char *last;
	char reason[300];

	unpack_u32(u);	/* exit status */
	last = unpack_bytes(u, 4096, &n);
	if (!unpack_ended(u))
		return;
	if (!ln->is_greeted)
		log_debug("guest of %s answers", b->id);
	ln->is_greeted = true;
	if (b->golden) {
		golden_state(k, b, state);
		return;
	}
	if (state == GUEST_READY && !ln->is_ready) {
		int64_t took = clock_boot_ms() - b->phase_ms;

		ln->is_ready = true;
		if (b->phase == BOX_BOOTING) {
			log_debug("workload of %s is ready", b->id);
			b->phase = BOX_UP;
			if (b->is_clone)
				golden_worked(box_template(b));
			b->phase_ms = clock_boot_ms();
			/* One that was only held still is no younger for it. */
			if (!b->ready_wall_ms) {
				meter_ready(b);
				b->ready_wall_ms = b->saved_at = clock_wall_ms();
				line_ready(k, took);
				link_note_running(k, b);
			}
			b->is_clone = false;
			bell_ring(NULL, b->id);
			line_soon(k);		/* there is room for the next one */
		}
	} else if (state == GUEST_RESTARTING) {
		ln->is_ready = false;
		log_warn("workload of %s ended, restart %u: %.*s", b->id, restarts, (int)n, last);
		/* Before it was up it had no variables, unless it slept with some. */
		if (b->is_notebook && (b->ready_wall_ms || (b->image[0] && !b->is_clone)))
			notebook_server_ended(k, b);
		work_restarted(k, b);
	} else if (state == GUEST_GAVE_UP) {
		snprintf(reason, sizeof(reason), "Its server ended again and again: %.*s",
		    (int)(n > 200 ? 200 : n), last + (n > 200 ? n - 200 : 0));
		box_stop(k, b, "failed", reason);
		return;
	}
	decide(k, b->id);
}

/* One whole frame.  False where the link is gone or broken. */
static bool
take_frame(struct link *ln, uint16_t type, uint64_t tag, const char *payload, size_t n)
{
	struct unpack u = {.at = (const unsigned char *)payload, .left = n};
	struct box *b = ln->box;
	LOG_ABOUT(b->id, b->request);

	switch (type) {
	case GUEST_HELLO:
		return unpack_u32(&u) == GUEST_VERSION && unpack_ended(&u);
	case GUEST_STATE:
		heard_state(ln, &u);
		return true;
	case GUEST_PONG:	/* empty or without deaths from an older guest, and of an app */
		if (u.left)
			notebook_heard_busy(b, unpack_u32(&u));
		if (u.left)
			notebook_heard_deaths(ln->keep, b, unpack_u32(&u));
		return !n || unpack_ended(&u);
	case GUEST_VERDICT: {
		size_t len;
		const char *json = unpack_bytes(&u, 65536, &len);

		if (!unpack_ended(&u))
			return false;
		if (b->golden)
			golden_applied(ln->keep, b);
		else if (tag == ln->apply_tag)
			work_verdict(ln->keep, b, json, len);
		return true;
	}
	case GUEST_FROZEN:
		if (tag == ln->freeze_tag)
			freeze_answer(ln->keep, b, payload, n);
		return true;
	default:
		return false;
	}
}

/* 0: no more whole frames; 1: a handler closed this link; −1: something malformed. */
static int
take_frames(struct link *ln)
{
	for (;;) {
		struct unpack u = {.at = (const unsigned char *)ln->in.at, .left = ln->in.len};
		uint32_t n;
		uint16_t type;
		uint64_t tag;
		AUTO_FREE char *payload = NULL;
		bool is_fine, is_gone = false;

		if (ln->in.len < GUEST_HEADER_BYTES)
			return 0;
		n = unpack_u32(&u);
		type = unpack_u16(&u);
		if (n > GUEST_PAYLOAD_MAX || unpack_u16(&u) != 0)
			return -1;
		tag = unpack_u64(&u);
		if (u.left < n)
			return 0;
		/* The handler may close this link: work on a copy. */
		payload = mem_new(n);
		memcpy(payload, u.at, n);
		buf_drop(&ln->in, GUEST_HEADER_BYTES + n);
		ln->is_gone = &is_gone;
		is_fine = take_frame(ln, type, tag, payload, n);
		if (is_gone)
			return 1;
		ln->is_gone = NULL;
		if (!is_fine)
			return -1;
	}
}

static void
flush(struct link *ln)
{
	while (ln->out.len) {
		ssize_t n = send(ln->fd, ln->out.at, ln->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			return;	/* the reader side will see it */
		buf_drop(&ln->out, (size_t)n);
	}
	loop_change(ln->keep->loop, ln->watch, ln->out.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
hear(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct link *ln = arg;
	ssize_t n;
	char *room;
	int taken;

	(void)l;
	if (events & EPOLLOUT)
		flush(ln);
	if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	room = buf_room(&ln->in, 16384);
	n = room ? recv(fd, room, 16384, MSG_DONTWAIT) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		buf_grew(&ln->in, (size_t)n);
		taken = take_frames(ln);
		if (taken >= 0)
			return;
		log_warn("guest of %s sent something malformed", ln->box->id);
	} else if (ln->box->phase == BOX_HOLDING) {
		/* Either closes this link. */
		if (ln->box->golden)
			golden_held(ln->keep, ln->box);
		else
			notebook_held(ln->keep, ln->box);
		return;
	}
	redial(ln);
}

static void
dial_guest(struct loop *l, void *arg)
{
	struct link *ln = arg;
	AUTO_FD int folder = -1;
	char path[80];

	(void)l;
	ln->redial = NULL;
	snprintf(path, sizeof(path), CTL_DIR "/%s", ln->box->id);
	folder = dial_folder(AT_FDCWD, path);
	ln->fd = dial(folder, "ctl.sock", NULL);
	if (ln->fd < 0) {
		redial(ln);
		return;
	}
	ln->watch = loop_watch(ln->keep->loop, ln->fd, EPOLLIN, hear, ln);
}

struct link *
link_open(struct keep *k, struct box *b)
{
	struct link *ln = mem_new(sizeof(*ln));

	ln->keep = k;
	ln->box = b;
	ln->fd = -1;
	buf_init(&ln->in, GUEST_PAYLOAD_MAX + 65536);
	buf_init(&ln->out, GUEST_PAYLOAD_MAX + 65536);
	dial_guest(k->loop, ln);
	return ln;
}

static void
send_frame(struct link *ln, enum guest_type type, const struct buf *payload)
{
	pack_u32(&ln->out, (uint32_t)payload->len);
	pack_u16(&ln->out, (uint16_t)type);
	pack_u16(&ln->out, 0);
	pack_u64(&ln->out, ++ln->tag);
	if (payload->len)
		buf_add(&ln->out, payload->at, payload->len);
	if (ln->out.is_over)
		BUG("the guest of %s reads nothing", ln->box->id);
	flush(ln);
}

void
link_apply(struct link *ln, const struct source *s)
{
	AUTO_BUF struct buf payload = {0};

	buf_init(&payload, GUEST_PAYLOAD_MAX);
	pack_u32(&payload, (uint32_t)s->count);
	for (int i = 0; i < s->count; i++) {
		pack_bytes(&payload, s->files[i].path, strlen(s->files[i].path));
		pack_bytes(&payload, s->files[i].text, s->files[i].len);
	}
	if (payload.is_over)
		BUG("a source tree larger than a frame");
	send_frame(ln, GUEST_APPLY, &payload);
	ln->apply_tag = ln->tag;
}

void
link_freeze(struct link *ln, const char *base)
{
	AUTO_BUF struct buf payload = {0};

	buf_init(&payload, FROZEN_BASE_MAX + 4);
	pack_bytes(&payload, base, strlen(base));
	send_frame(ln, GUEST_FREEZE, &payload);
	ln->freeze_tag = ln->tag;
}

void
link_hold(struct link *ln)
{
	struct buf nothing = {0};

	send_frame(ln, GUEST_HOLD, &nothing);
}

void
link_ping(struct link *ln)
{
	struct buf nothing = {0};

	send_frame(ln, GUEST_PING, &nothing);
}
