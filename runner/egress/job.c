#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "fetch.h"
#include "job.h"

#define SLICE_BYTES (1u << 20)	/* hashed before others have their turn */
#define TRIM_BYTES (1u << 20)	/* a page over this size: its memory is given back */

struct job {
	struct egress *egress;
	struct job *next;
	struct waiter *waiters;
	enum ecosystem_id eco;
	char key[PAGE_KEY_SIZE > DIGEST_SIZE ? PAGE_KEY_SIZE : DIGEST_SIZE];
	char name[NAME_SIZE];		/* of the package; "": this is a file */
	char url[URL_SIZE];
	struct timer *timer;
	struct fetch *fetch;
	struct buf bytes;		/* of a page */
	struct part part;		/* of a file */
	struct digest digest;
	int check_fd;			/* −1: no file that was there is being read */
	struct err trouble;		/* kind set: why we stopped it ourselves */
};

static void
free_job(struct job *j)
{
	struct job **at = &j->egress->jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	loop_cancel(j->egress->loop, j->timer);
	fetch_stop(j->fetch);
	part_drop(&j->part);
	buf_free(&j->bytes);
	if (j->check_fd >= 0)
		close(j->check_fd);
	free(j);
}

static void
end_job(struct job *j, int status, const char *words)
{
	struct outcome o = {.status = status};
	struct waiter *w;

	snprintf(o.words, sizeof(o.words), "%s", words);
	/* Whoever is told may start the next one like it: this one must be gone. */
	w = j->waiters;
	if (w)
		w->link = &w;
	j->waiters = NULL;
	free_job(j);
	while (w) {
		struct waiter *now = w;

		job_leave(now);
		now->fn(now, &o);
	}
}

void
job_leave(struct waiter *w)
{
	struct job *j = w->job;

	if (!w->link)
		return;
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	/* In end_job the list hangs on a pointer of its own, and the job is gone. */
	if (w->link == &j->waiters && !j->waiters)
		free_job(j);
	w->link = NULL;
	w->job = NULL;
}

static void
on_fetched(void *arg, const struct fetch_end *end);

static void
start_fetch(struct job *j, const char *accept, const char *etag, int64_t timeout_ms,
    bool (*on_bytes)(void *, const char *, size_t))
{
	struct egress *g = j->egress;
	struct fetch_request r = {.url = j->url, .home = &g->homes[j->eco],
	    .accept = accept, .etag = etag, .timeout_ms = timeout_ms,
	    .on_bytes = on_bytes, .on_end = on_fetched, .arg = j};
	struct err e;

	if (registry_home(g, j->eco, &e) < 0 || !(j->fetch = fetch_start(g, &r, &e)))
		end_job(j, 502, e.text);
}

/* ---- pages */

static bool
take_page(void *arg, const char *bytes, size_t n)
{
	struct job *j = arg;

	buf_add(&j->bytes, bytes, n);
	if (!j->bytes.is_over)
		return true;
	err_set(&j->trouble, ERR_LIMIT, "%s", limit_rows[LIMIT_page_kb].words);
	return false;
}

static void
begin_page(struct job *j)
{
	struct egress *g = j->egress;
	const struct ecosystem *eco = &ecosystems[j->eco];
	AUTO_BUF struct buf url = {0};
	char etag[ETAG_SIZE];
	struct err e;

	if (registry_home(g, j->eco, &e) < 0) {
		end_job(j, 502, e.text);
		return;
	}
	buf_init(&url, sizeof(j->url) - 1);
	eco->address(g->homes[j->eco].base, j->name, &url);
	snprintf(j->url, sizeof(j->url), "%s", url.at);
	page_etag(g->cache, j->key, etag);
	start_fetch(j, eco->accept, etag, g->limits[LIMIT_page_ms], take_page);
}

static int
keep_page(struct job *j, const struct fetch_end *end, struct err *e)
{
	const struct ecosystem *eco = &ecosystems[j->eco];
	struct index_page p = {.name = j->name, .url = end->url, .type = end->type,
	    .at = j->bytes.at, .len = j->bytes.len, .home = &j->egress->homes[j->eco]};
	AUTO_BUF struct buf links = {0}, body = {0};
	size_t most = 2 * (size_t)j->egress->limits[LIMIT_page_kb] << 10;

	buf_init(&links, most);
	buf_init(&body, most);
	if (eco->read(&p, &links, &body, e) < 0)
		return -1;
	if (links.is_over || body.is_over)
		return err_set(e, ERR_UPSTREAM, "%s", limit_rows[LIMIT_page_kb].words);
	return page_keep(j->egress->cache, j->key, end->etag, &links, &body, e) ? 0 : -1;
}

/* Without an answer of use, the page that is there serves for a while. */
static void
fall_back(struct job *j, const struct fetch_end *end, int status, const char *words)
{
	struct egress *g = j->egress;
	struct blob *b = cache_find(g->cache, j->key);

	log_warn("%s page %s: %ld, %s%s", ecosystems[j->eco].name, j->name, end->status,
	    words, b ? "; the old one is served" : "");
	if (b) {
		b->fresh_until_ms = clock_boot_ms() + g->limits[LIMIT_failed_ms];
		end_job(j, 0, "");
	} else {
		end_job(j, status, words);
	}
}

static void
end_page(struct job *j, const struct fetch_end *end)
{
	struct egress *g = j->egress;
	bool is_large = j->bytes.len > TRIM_BYTES;
	char words[160];
	struct blob *b;
	struct err e;

	if (end->is_whole && (end->status == 404 || end->status == 410)) {
		snprintf(words, sizeof(words), "The index knows no package %.60s (it answered "
		    "%ld).", j->name, end->status);
		end_job(j, 404, words);
		return;
	}
	if (!end->is_whole || (end->status != 200 && end->status != 304)) {
		if (end->is_whole)
			snprintf(words, sizeof(words), "The package index answered %ld.",
			    end->status);
		else
			snprintf(words, sizeof(words), "The package index cannot be reached: "
			    "%.80s.", end->why);
		fall_back(j, end, end->is_late ? 504 : 502, j->trouble.kind ?
		    j->trouble.text : words);
		return;
	}
	if (end->status == 200 && keep_page(j, end, &e) < 0) {
		fall_back(j, end, e.kind == ERR_FULL ? 507 : 502, err_public(&e));
		return;
	}
	b = cache_find(g->cache, j->key);
	if (b) {
		b->fresh_until_ms = clock_boot_ms() + g->limits[LIMIT_fresh_ms];
		b->is_asked = true;
	}
	end_job(j, b ? 0 : 502, "The page was lost; try again.");
	if (is_large)
		malloc_trim(0);
}

/* ---- files */

static bool
take_file(void *arg, const char *bytes, size_t n)
{
	struct job *j = arg;
	struct err *e = &j->trouble;

	digest_add(&j->digest, bytes, n);
	if (j->part.size + (int64_t)n > j->egress->limits[LIMIT_file_mb] << 20)
		err_set(e, ERR_LIMIT, "%s", limit_rows[LIMIT_file_mb].words);
	else if (part_write(&j->part, bytes, n, e) == 0)
		return true;
	return false;
}

static void
begin_download(struct job *j)
{
	struct err e;

	if (!j->url[0]) {
		end_job(j, 0, "");
		return;
	}
	digest_start(&j->digest, ecosystems[j->eco].kind);
	if (part_open(j->egress->cache, &j->part, &e) < 0) {
		log_error("%s", e.text);
		end_job(j, 502, "The file cannot be kept here.");
		return;
	}
	start_fetch(j, NULL, "", j->egress->limits[LIMIT_file_ms], take_file);
}

static void
end_file(struct job *j, const struct fetch_end *end)
{
	char words[160], got[DIGEST_SIZE];
	struct err e;

	if (end->is_whole && end->status == 200) {
		digest_end(&j->digest, got);
		if (strcmp(got, j->key) != 0) {
			log_error("a download is not %s, but %s", j->key, got);
			end_job(j, 502, "The file does not have the checksum that the index "
			    "tells, so it was not taken.");
		} else if (!part_keep(&j->part, j->key, &e)) {
			log_error("%s", e.text);
			end_job(j, 502, "The file cannot be kept here.");
		} else {
			end_job(j, 0, "");
		}
		return;
	}
	if (end->is_whole)
		snprintf(words, sizeof(words), "The file's server answered %ld.", end->status);
	else
		snprintf(words, sizeof(words), "The file could not be downloaded: %.80s.",
		    end->why);
	if (j->trouble.kind == ERR_INTERNAL || j->trouble.kind == ERR_READONLY)
		log_error("%s", j->trouble.text);
	end_job(j, j->trouble.kind == ERR_FULL ? 507 : end->is_late ? 504 :
	    end->is_whole && end->status == 404 ? 404 : 502,
	    j->trouble.kind ? err_public(&j->trouble) : words);
}

static void
on_fetched(void *arg, const struct fetch_end *end)
{
	struct job *j = arg;

	j->fetch = NULL;
	if (j->name[0])
		end_page(j, end);
	else
		end_file(j, end);
}

/* A file that an earlier egress kept is read once, before anybody gets it. */
static void
check_slice(struct loop *l, void *arg)
{
	struct job *j = arg;
	struct cache *cache = j->egress->cache;
	struct blob *b = cache_find(cache, j->key);
	char *slice = mem_new(SLICE_BYTES), got[DIGEST_SIZE] = "";
	ssize_t n = b ? read(j->check_fd, slice, SLICE_BYTES) : -1;

	j->timer = NULL;
	if (n > 0)
		digest_add(&j->digest, slice, (size_t)n);
	free(slice);
	if (n > 0) {
		j->timer = loop_timer(l, 0, check_slice, j);
		return;
	}
	close(j->check_fd);
	j->check_fd = -1;
	digest_end(&j->digest, got);
	if (n == 0 && strcmp(got, j->key) == 0) {
		b->is_checked = true;
		end_job(j, 0, "");
		return;
	}
	if (b) {
		log_error("%s has other bytes now: removed", j->key);
		cache_drop(cache, b);
	}
	begin_download(j);
}

static void
begin_file(struct job *j)
{
	struct blob *b = cache_find(j->egress->cache, j->key);

	if (b && b->is_checked) {
		end_job(j, 0, "");
		return;
	}
	if (b && (j->check_fd = cache_fd(j->egress->cache, b)) >= 0) {
		digest_start(&j->digest, ecosystems[j->eco].kind);
		check_slice(j->egress->loop, j);
	} else {
		begin_download(j);
	}
}

/* ---- both */

static void
begin(struct loop *l, void *arg)
{
	struct job *j = arg;

	(void)l;
	j->timer = NULL;
	if (j->name[0])
		begin_page(j);
	else
		begin_file(j);
}

static struct job *
find(const struct egress *g, const char *key)
{
	struct job *j = g->jobs;

	while (j && strcmp(j->key, key) != 0)
		j = j->next;
	return j;
}

bool
job_runs(const struct egress *g, const char *key)
{
	return find(g, key);
}

static void
join(struct egress *g, struct waiter *w, enum ecosystem_id eco, const char *key,
    const char *name, const char *url)
{
	struct job *j = find(g, key);

	if (!j) {
		j = mem_new(sizeof(*j));
		*j = (struct job){.egress = g, .next = g->jobs, .eco = eco, .check_fd = -1,
		    .part.fd = -1};
		snprintf(j->key, sizeof(j->key), "%s", key);
		snprintf(j->name, sizeof(j->name), "%s", name);
		snprintf(j->url, sizeof(j->url), "%s", url);
		buf_init(&j->bytes, (size_t)g->limits[LIMIT_page_kb] << 10);
		g->jobs = j;
		j->timer = loop_timer(g->loop, 0, begin, j);
	}
	w->job = j;
	w->next = j->waiters;
	w->link = &j->waiters;
	if (w->next)
		w->next->link = &w->next;
	j->waiters = w;
}

void
job_wait_page(struct egress *g, struct waiter *w, enum ecosystem_id eco, const char *name)
{
	char key[PAGE_KEY_SIZE];

	page_key(&ecosystems[eco], name, key);
	join(g, w, eco, key, name, "");
}

void
job_wait_file(struct egress *g, struct waiter *w, enum ecosystem_id eco,
    const char *digest, const char *url)
{
	join(g, w, eco, digest, "", url);
}

void
job_stop_all(struct egress *g)
{
	while (g->jobs)
		free_job(g->jobs);
}
