#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/mem.h"
#include "count.h"

const int count_steps[COUNT_STEPS] = {
#define STEP(ms) ms,
#include "span.def"
#undef STEP
};

static struct count_page own;
static struct count_page *page = &own;
static pthread_mutex_t slow_lock = PTHREAD_MUTEX_INITIALIZER;

void
count_open(const char *program)
{
	char path[100];
	AUTO_FD int fd = -1;
	struct stat st;
	void *at;

	snprintf(path, sizeof(path), COUNT_DIR "/%s", program);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    (st.st_size != (off_t)sizeof(own) && ftruncate(fd, sizeof(own)) < 0))
		return;
	at = mmap(NULL, sizeof(own), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return;
	page = at;
	if (page->size != sizeof(own))
		memset(page, 0, sizeof(*page));
	memset(page->levels, 0, sizeof(page->levels));
	page->size = sizeof(own);
}

void
count_add(enum count_total t, uint64_t n)
{
	__atomic_fetch_add(&page->totals[t], n, __ATOMIC_RELAXED);
}

void
count_level(enum count_level l, int64_t value)
{
	__atomic_store_n(&page->levels[l], value, __ATOMIC_RELAXED);
}

void
count_span(enum count_span s, int64_t ms)
{
	struct count_spans *to = &page->spans[s];
	int i = 0;

	ms = ms > 0 ? ms : 0;
	while (i < COUNT_STEPS && ms > count_steps[i])
		i++;
	__atomic_fetch_add(&to->steps[i], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&to->sum_ms, (uint64_t)ms, __ATOMIC_RELAXED);
}

/* The fastest one makes room, or before it one that is old. */
void
count_slow(int64_t ms, int64_t now, const char *what, const char *id)
{
	struct count_slow *least = &page->slow[0];

	pthread_mutex_lock(&slow_lock);
	for (int i = 0; i < COUNT_SLOW; i++) {
		struct count_slow *s = &page->slow[i];

		if (now - s->at > COUNT_SLOW_MS || s->at > now)
			s->ms = 0;
		if (s->ms < least->ms)
			least = s;
	}
	if (ms > least->ms) {
		least->ms = ms;
		least->at = now;
		snprintf(least->what, sizeof(least->what), "%s", what);
		snprintf(least->id, sizeof(least->id), "%s", id);
	}
	pthread_mutex_unlock(&slow_lock);
}

bool
count_read(const char *program, struct count_page *to)
{
	char path[100];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), COUNT_DIR "/%s", program);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || read(fd, to, sizeof(*to)) != sizeof(*to) || to->size != sizeof(*to))
		return false;
	for (int i = 0; i < COUNT_SLOW; i++) {
		to->slow[i].what[sizeof(to->slow[i].what) - 1] = '\0';
		to->slow[i].id[sizeof(to->slow[i].id) - 1] = '\0';
	}
	return true;
}
