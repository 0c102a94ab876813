#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"
#include "apply.h"
#include "place.h"
#include "relay.h"
#include "source.h"
#include "user.h"
#include "work.h"

#define TOP "src/"
#define GOOD "{\"ok\":true"		/* how the judge's line begins then */
#define WAITING_MAX 8
#define ANSWER_BYTES (64u << 10)
#define START_MS 25000
#define JUDGE_MS 20000
#define TIDY_SECS 10

struct job {
	struct job *next;
	struct conn *conn;	/* NULL: nobody wants the verdict any more */
	uint64_t tag;
	bool is_freeze;
	struct buf payload;
};

static struct {
	struct loop *loop;
	struct job *first;	/* being judged where judge_fd ≥ 0, else waiting */
	struct timer *timer;
	int judge_fd;
	struct watch *judge_watch;
	struct buf answer;
	unsigned number;	/* of the candidate */
	char dir[64];
} apply = {.judge_fd = -1};

static void next_job(void);

void
apply_refuse(struct conn *c, uint64_t tag, const char *kind, const char *sentence)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, 4096);
	buf_fmt(&json, "{\"ok\":false,\"error\":{\"kind\":\"%s\",\"message\":\"%s\"}}",
	    kind, sentence);
	ctl_verdict(c, tag, json.at, json.len);
}

static void
refuse_freeze(struct conn *c, uint64_t tag, const char *kind, const char *sentence)
{
	AUTO_BUF struct buf json = {0}, payload = {0};

	buf_init(&json, 4096);
	buf_init(&payload, 8192);
	buf_fmt(&json, "{\"kind\":\"%s\",\"message\":\"%s\"}", kind, sentence);
	pack_u32(&payload, 0);
	pack_bytes(&payload, json.at, json.len);
	ctl_frozen(c, tag, payload.at, payload.len);
}

static void
job_free(struct job *j)
{
	buf_free(&j->payload);
	free(j);
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	remove(path);
	return 0;
}

/* The judge removes candidates; where it could not, a child does, because a tree that the
 * workload was free to fill must not hold up PID 1. */
static void
remove_candidate(void)
{
	if (fork() != 0)
		return;
	alarm(TIDY_SECS);
	user_become();
	nftw(apply.dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	_exit(0);
}

/* json: what the judge answered, or NULL and a sentence of ours. */
static void
tell(const struct job *j, const char *json, size_t n, const char *kind, const char *sentence)
{
	if (!j->conn)
		return;
	if (json)
		(j->is_freeze ? ctl_frozen : ctl_verdict)(j->conn, j->tag, json, n);
	else
		(j->is_freeze ? refuse_freeze : apply_refuse)(j->conn, j->tag, kind, sentence);
}

/* The first job is over; json is the judge's answer, or NULL and a sentence of ours. */
static void
finish(const char *json, size_t n, const char *kind, const char *sentence)
{
	struct job *j = apply.first;

	loop_cancel(apply.loop, KEEP_PTR(apply.timer));
	if (apply.judge_fd >= 0) {
		loop_forget(apply.loop, KEEP_PTR(apply.judge_watch));
		close(KEEP_FD(apply.judge_fd));
		if (!json && !j->is_freeze)
			remove_candidate();
	}
	/* The first good tree opens the door: until then what is served is nobody's app. */
	if (json && !j->is_freeze && n >= strlen(GOOD) && memcmp(json, GOOD, strlen(GOOD)) == 0)
		relay_open();
	tell(j, json, n, kind, sentence);
	apply.first = j->next;
	job_free(j);
	buf_free(&apply.answer);
	next_job();
}

/* The answer, once it is whole: a line, or a number of bytes and those; else NULL. */
static const char *
whole_answer(size_t *n)
{
	struct unpack u = {.at = (const unsigned char *)apply.answer.at,
	    .left = apply.answer.len};
	const char *end, *bytes;

	if (apply.first->is_freeze) {
		bytes = unpack_bytes(&u, GUEST_PAYLOAD_MAX, n);
		return u.is_bad ? NULL : bytes;
	}
	end = memchr(apply.answer.at, '\n', apply.answer.len);
	*n = end ? (size_t)(end - apply.answer.at) : 0;
	return end ? apply.answer.at : NULL;
}

static void
read_answer(struct loop *l, int fd, uint32_t events, void *arg)
{
	char bytes[8192];
	const char *whole;
	size_t len;
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)l, (void)events, (void)arg;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		buf_add(&apply.answer, bytes, (size_t)n);
	whole = whole_answer(&len);
	if (whole)
		finish(whole, len, NULL, NULL);
	else if (n <= 0)
		finish(NULL, 0, "gone", "The compiler ended while it judged.");
	else if (apply.answer.is_over)
		finish(NULL, 0, "gone", "The compiler gave an answer that is too long.");
}

static void
judge_too_slow(struct loop *l, void *arg)
{
	(void)l, (void)arg;
	apply.timer = NULL;
	work_kill();
	finish(NULL, 0, "gone", "The compiler gave no answer in time; it is restarted.");
}

static int
write_candidate(const struct source *s, struct err *e)
{
	int rc;

	snprintf(apply.dir, sizeof(apply.dir), PLACE_CANDIDATE "/%u", ++apply.number);
	user_begin();
	rc = source_write(s, apply.dir, e);
	user_end();
	return rc;
}

/* NULL, or why it could not be asked. */
static const char *
ask_judge(const char *verb, const char *what, int len)
{
	char line[FROZEN_BASE_MAX + 16];
	int n = snprintf(line, sizeof(line), "%s %.*s\n", verb, len, what);

	apply.judge_fd = user_connect(PLACE_WORK_JUDGE);
	if (apply.judge_fd >= 0 &&
	    send(apply.judge_fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) == n)
		return NULL;
	if (apply.judge_fd >= 0)
		close(KEEP_FD(apply.judge_fd));
	return "The compiler does not answer.";
}

static const char *
ask_to_judge(const struct source *s)
{
	const char *sentence;
	struct err e;

	if (write_candidate(s, &e) < 0)
		sentence = e.kind == ERR_FULL ? "There is no space left for the files." :
		    "The files could not be written.";
	else
		sentence = ask_judge("apply", apply.dir, (int)strlen(apply.dir));
	if (sentence)
		remove_candidate();
	return sentence;
}

/* The judge looks at the address itself; only that it is one line is our concern. */
static const char *
ask_to_freeze(const struct buf *payload)
{
	struct unpack u = {.at = (const unsigned char *)payload->at, .left = payload->len};
	size_t n;
	const char *base = unpack_bytes(&u, FROZEN_BASE_MAX, &n);

	if (!unpack_ended(&u) || memchr(base, '\n', n) || memchr(base, '\0', n))
		return "That is no address.";
	return ask_judge("freeze", base, (int)n);
}

static void
begin(void)
{
	struct buf *payload = &apply.first->payload;
	const char *sentence;
	struct source s;
	struct err e;

	loop_cancel(apply.loop, KEEP_PTR(apply.timer));
	if (!apply.first->is_freeze &&
	    source_parse(&s, TOP, payload->at, payload->len, &e) < 0) {
		finish(NULL, 0, "input", e.text);
		return;
	}
	sentence = apply.first->is_freeze ? ask_to_freeze(payload) : ask_to_judge(&s);
	if (sentence) {
		finish(NULL, 0, "gone", sentence);
	} else {
		buf_init(&apply.answer, apply.first->is_freeze ? GUEST_PAYLOAD_MAX + 8192 :
		    ANSWER_BYTES);
		apply.judge_watch = loop_watch(apply.loop, apply.judge_fd, EPOLLIN,
		    read_answer, NULL);
		apply.timer = loop_timer(apply.loop, JUDGE_MS, judge_too_slow, NULL);
	}
}

static void
start_too_slow(struct loop *l, void *arg)
{
	(void)l, (void)arg;
	apply.timer = NULL;
	finish(NULL, 0, "gone", "The compiler did not start in time.");
}

static void
next_job(void)
{
	if (!apply.first || apply.judge_fd >= 0)
		return;
	if (work_state() == GUEST_READY)
		begin();
	else if (work_state() == GUEST_GAVE_UP)
		finish(NULL, 0, "gone", "The compiler died too often and is off.");
	else if (!apply.timer)
		apply.timer = loop_timer(apply.loop, START_MS, start_too_slow, NULL);
}

void
apply_open(struct loop *l)
{
	apply.loop = l;
}

static void
add(struct conn *c, uint64_t tag, bool is_freeze, const void *payload, size_t n)
{
	struct job *j = mem_new(sizeof(*j)), **at = &apply.first;
	unsigned waiting = 0;

	for (; *at; at = &(*at)->next)
		waiting++;
	if (waiting == WAITING_MAX) {
		free(j);
		(is_freeze ? refuse_freeze : apply_refuse)(c, tag, "busy",
		    "Too many changes wait to be judged.");
		return;
	}
	j->conn = c;
	j->tag = tag;
	j->is_freeze = is_freeze;
	buf_init(&j->payload, GUEST_PAYLOAD_MAX);
	buf_add(&j->payload, payload, n);
	*at = j;
	if (at == &apply.first)
		next_job();
}

void
apply_add(struct conn *c, uint64_t tag, const void *payload, size_t n)
{
	add(c, tag, false, payload, n);
}

void
apply_freeze(struct conn *c, uint64_t tag, const void *payload, size_t n)
{
	add(c, tag, true, payload, n);
}

void
apply_forget(const struct conn *c)
{
	struct job **at = &apply.first, *j;

	while ((j = *at)) {
		if (j->conn != c) {
			at = &j->next;
		} else if (j == apply.first && apply.judge_fd >= 0) {
			j->conn = NULL;
			at = &j->next;
		} else {
			*at = j->next;
			job_free(j);
		}
	}
	if (!apply.first)
		loop_cancel(apply.loop, KEEP_PTR(apply.timer));
}

void
apply_state_changed(void)
{
	if (apply.judge_fd >= 0 && work_state() != GUEST_READY)
		finish(NULL, 0, "gone", "The compiler ended while it judged.");
	else
		next_job();
}
