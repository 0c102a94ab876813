#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/store/assist.h"
#include "assist/help.h"
#include "queue.h"
#include "show.h"
#include "work.h"

#define WAITING_MAX 1000	/* beyond it nobody is told, and all are served */

struct waiting {
	char id[ID_SIZE];
	bool is_assist;
	int64_t before;		/* as it was told; −1: not told yet */
};

struct queue {
	struct waiting *jobs;
	int count, room;
};

struct queue *
queue_new(void)
{
	return mem_new(sizeof(struct queue));
}

void
queue_free(struct queue *q)
{
	if (q)
		free(q->jobs);
	free(q);
}

void
queue_words(int64_t before, char *out, size_t size)
{
	static const char *const names[] = {"next", "second", "third", "fourth", "fifth",
	    "sixth", "seventh", "eighth", "ninth", "tenth"};
	int64_t n = before + 1, tens = n % 100;
	const char *end = tens > 10 && tens < 20 ? "th" : n % 10 == 1 ? "st" :
	    n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";

	if (before >= 0 && before < (int64_t)COUNT(names))
		snprintf(out, size, "%s in line", names[before]);
	else
		snprintf(out, size, "%lld%s in line", (long long)n, end);
}

/* Is it a write job or an assist that nobody has begun? */
static bool
is_waiting(struct author *a, const char *id, bool *is_assist)
{
	struct arena arena = {0};
	struct assist s;
	struct job j;
	bool is;

	if (job_get(a->db, id, &arena, &j, NULL) == 0)
		is = strcmp(j.state, "queued") == 0 && strcmp(j.kind, "write") == 0;
	else
		is = assist_get(a->db, id, &arena, &s, NULL) == 0 &&
		    strcmp(s.state, "queued") == 0 && (*is_assist = true);
	arena_free(&arena);
	return is;
}

static void
tell(struct author *a, struct waiting *j)
{
	struct show s;
	int64_t before;
	char words[40];

	if ((j->is_assist ? assist_place : job_place)(a->db, j->id, &before, NULL) < 0 ||
	    before == j->before)
		return;
	j->before = before;
	queue_words(before, words, sizeof(words));
	show_init(&s, a->loop, j->id);
	show_phase(&s, "queued", words);
	show_free(&s);
}

void
queue_hear(struct author *a, const char *id)
{
	struct queue *q = a->queue;
	bool is_assist = false;

	for (int i = 0; i < q->count; i++)
		if (strcmp(q->jobs[i].id, id) == 0)
			return;
	if (q->count == WAITING_MAX || work_find(a, id) || help_find(a, id) ||
	    !is_waiting(a, id, &is_assist))
		return;
	if (q->count == q->room) {
		q->room = q->room ? q->room * 2 : 16;
		q->jobs = mem_resize(q->jobs, (size_t)q->room * sizeof(*q->jobs));
	}
	q->jobs[q->count] = (struct waiting){.before = -1, .is_assist = is_assist};
	memcpy(q->jobs[q->count].id, id, ID_SIZE);
	tell(a, &q->jobs[q->count++]);
}

void
queue_tell(struct author *a)
{
	struct queue *q = a->queue;

	for (int i = 0; i < q->count; i++) {
		if (!work_find(a, q->jobs[i].id) && !help_find(a, q->jobs[i].id) &&
		    is_waiting(a, q->jobs[i].id, &q->jobs[i].is_assist))
			tell(a, &q->jobs[i]);
		else
			q->jobs[i--] = q->jobs[--q->count];
	}
}
