#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/store/assist.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/bell.h"
#include "assist/help.h"
#include "author.h"
#include "choose.h"
#include "prompt.h"
#include "queue.h"
#include "work.h"

#define TICK_MS 1000
#define SYSTEM_BYTES (64u << 10)
#define HEARD_MAX 64

/* An agent may be at it for long: half of the room is for apps alone. */
static void
fill_helps(struct author *a)
{
	int room = (int)(a->conf.model_jobs + 1) / 2;
	char id[ID_SIZE];
	struct err e;

	while (a->help_count < room && a->count + a->help_count < a->conf.model_jobs) {
		int got = assist_next(a->db, id, &e);

		if (got < 0)
			log_warn("next assist: %s", e.text);
		if (got != 1 || !choose_is_ready(a) || !help_start(a, id))
			break;
	}
}

void
author_fill(struct author *a)
{
	char id[ID_SIZE];
	struct err e;

	if (a->is_filling)
		return;	/* a job that ends at once asks for the next from in here */
	a->is_filling = true;
	while (a->count + a->help_count < a->conf.model_jobs) {
		int got = job_next_write(a->db, id, &e);

		if (got < 0)
			log_warn("next job: %s", e.text);
		if (got != 1 || !choose_is_ready(a) || !work_start(a, id))
			break;
	}
	fill_helps(a);
	a->is_filling = false;
}

/* What people wanted stopped: jobs that are being written, and those not begun.  The
 * others are keep's. */
static void
look_for_cancels(struct author *a)
{
	struct arena arena = {0};
	char (*ids)[ID_SIZE];
	struct err e;
	int n = job_to_cancel(a->db, &arena, &ids, &e);

	if (n < 0)
		log_warn("cancelled jobs: %s", e.text);
	for (int i = 0; i < n; i++) {
		struct work *w = work_find(a, ids[i]);
		struct job j;

		if (w)
			work_cancel(w);
		else if (job_get(a->db, ids[i], &arena, &j, NULL) == 0 &&
		    strcmp(j.kind, "write") == 0 && strcmp(j.state, "queued") == 0)
			work_cancel_waiting(a, ids[i]);
	}
	arena_free(&arena);
}

static void
look_for_cancelled_helps(struct author *a)
{
	struct arena arena = {0};
	char (*ids)[ID_SIZE];
	struct err e;
	int n = assist_to_cancel(a->db, &arena, &ids, &e);

	if (n < 0)
		log_warn("cancelled assists: %s", e.text);
	for (int i = 0; i < n; i++) {
		struct help *h = help_find(a, ids[i]);

		if (h)
			help_cancel(h);
		else
			help_cancel_waiting(a, ids[i]);
	}
	arena_free(&arena);
}

/* Those who wait and whose ring was lost are to know their place too. */
static void
hear_lost(struct author *a)
{
	struct arena arena = {0};
	char (*ids)[ID_SIZE];
	int n = job_unheard(a->db, INT64_MAX, &arena, &ids, NULL);

	for (int i = 0; i < n; i++)
		queue_hear(a, ids[i]);
	arena_free(&arena);
}

static void
on_tick(struct loop *l, void *arg)
{
	struct author *a = arg;
	struct work *w, *next;
	struct help *h, *after;

	a->tick = loop_timer(l, TICK_MS, on_tick, a);
	look_for_cancels(a);
	look_for_cancelled_helps(a);
	for (w = a->first; w; w = next) {
		next = work_next(w);
		work_check(w);
	}
	for (h = a->helps; h; h = after) {
		after = help_next(h);
		help_check(h);
	}
	help_end_lost(a);
	author_fill(a);
	hear_lost(a);
	queue_tell(a);
}

static void
on_bell(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct author *a = arg;
	char ids[HEARD_MAX][ID_SIZE];
	int n = 0;

	(void)l, (void)events;
	while (n < HEARD_MAX && bell_read(fd, ids[n]))
		n++;
	look_for_cancels(a);
	look_for_cancelled_helps(a);
	author_fill(a);
	for (int i = 0; i < n; i++)
		queue_hear(a, ids[i]);
}

int
author_open(struct author *a, struct err *e)
{
	memset(a, 0, sizeof(*a));
	a->bell_fd = -1;
	buf_init(&a->system, SYSTEM_BYTES);
	if (conf_load(&a->conf, e) < 0)
		return -1;
	a->db = db_open(NULL, e);
	if (!a->db)
		return -1;
	a->bell_fd = bell_open(NULL, "author", e);
	if (a->bell_fd < 0)
		return -1;
	prompt_system(PROMPT_PACKAGES, &a->system);
	a->loop = loop_new();
	a->net = net_new(a->loop);
	a->queue = queue_new();
	choose_begin(a);
	return 0;
}

void
author_run(struct author *a)
{
	struct watch *bell;
	struct err e;

	/* What an author before this one had begun is begun anew. */
	if (db_begin(a->db, &e) < 0 || job_requeue(a->db, &e) < 0 ||
	    db_commit(a->db, &e) < 0) {
		log_error("requeue: %s", e.text);
		db_rollback(a->db);
		return;
	}
	if (help_requeue(a, &e) < 0) {
		log_error("requeue: %s", e.text);
		return;
	}
	bell = loop_watch(a->loop, a->bell_fd, EPOLLIN, on_bell, a);
	alive_start(a->loop, "author");
	a->tick = loop_timer(a->loop, 0, on_tick, a);
	loop_run(a->loop);
	loop_forget(a->loop, bell);
}

void
author_close(struct author *a)
{
	while (a->first)
		work_drop(a->first);
	while (a->helps)
		help_drop(a->helps);
	queue_free(a->queue);
	net_free(a->net);
	if (a->loop)
		loop_cancel(a->loop, a->tick);
	loop_free(a->loop);
	if (a->bell_fd >= 0)
		close(a->bell_fd);
	db_close(a->db);
	buf_free(&a->system);
	buf_free(&a->list);
	free(a->model);
}
