#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "cache.h"

#define BUCKETS 4096
#define PART "part-"
#define TOUCH_MS 60000		/* the time of use on disk is as exact as that */

struct cache {
	int folder;
	int64_t most, total, pending;	/* bytes; pending: of parts */
	int count;
	unsigned parts;
	struct blob *buckets[BUCKETS];
};

static struct blob **
bucket_of(struct cache *c, const char *name)
{
	unsigned h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return &c->buckets[h % BUCKETS];
}

static struct blob *
add(struct cache *c, const char *name, int64_t size, int64_t used_ms)
{
	struct blob **bucket = bucket_of(c, name);
	struct blob *b = mem_new(sizeof(*b) + strlen(name) + 1);

	*b = (struct blob){.next = *bucket, .size = size, .used_ms = used_ms};
	memcpy(b->name, name, strlen(name) + 1);
	*bucket = b;
	c->total += size;
	c->count++;
	return b;
}

/* Out of the table; the file is another matter. */
static void
forget(struct cache *c, struct blob *b)
{
	struct blob **at = bucket_of(c, b->name);

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	c->total -= b->size;
	c->count--;
	free(b);
}

static int
take_up(struct cache *c, struct err *e)
{
	int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (!d)
		return err_sys(e, "read the cache");
	while ((entry = readdir(d))) {
		const char *name = entry->d_name;

		if (name[0] == '.')
			continue;
		if (strncmp(name, PART, strlen(PART)) == 0)
			unlinkat(c->folder, name, 0);
		else if (fstatat(c->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			add(c, name, st.st_size, st.st_mtim.tv_sec * 1000LL +
			    st.st_mtim.tv_nsec / 1000000);
	}
	closedir(d);
	return 0;
}

struct cache *
cache_open(const char *folder, int64_t most_bytes, struct err *e)
{
	struct cache *c = mem_new(sizeof(*c));

	*c = (struct cache){.most = most_bytes,
	    .folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	if (c->folder < 0)
		err_sys(e, "open %s", folder);
	if (c->folder < 0 || take_up(c, e) < 0) {
		cache_close(c);
		return NULL;
	}
	return c;
}

void
cache_close(struct cache *c)
{
	if (!c)
		return;
	for (int i = 0; i < BUCKETS; i++)
		while (c->buckets[i])
			forget(c, c->buckets[i]);
	if (c->folder >= 0)
		close(c->folder);
	free(c);
}

struct blob *
cache_find(struct cache *c, const char *name)
{
	for (struct blob *b = *bucket_of(c, name); b; b = b->next)
		if (strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

void
cache_drop(struct cache *c, struct blob *b)
{
	unlinkat(c->folder, b->name, 0);
	forget(c, b);
}

int
cache_fd(struct cache *c, struct blob *b)
{
	int fd = openat(c->folder, b->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int64_t now = clock_wall_ms();
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size != b->size) {
		log_warn("%s is not as it was kept: removed", b->name);
		cache_drop(c, b);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (now - b->used_ms > TOUCH_MS)
		futimens(fd, NULL);
	b->used_ms = now;
	return fd;
}

int64_t
cache_bytes(const struct cache *c)
{
	return c->total + c->pending;
}

int
cache_count(const struct cache *c)
{
	return c->count;
}

static struct blob *
oldest(struct cache *c)
{
	struct blob *found = NULL;

	for (int i = 0; i < BUCKETS; i++)
		for (struct blob *b = c->buckets[i]; b; b = b->next)
			if (!found || b->used_ms < found->used_ms)
				found = b;
	return found;
}

/* A little more than is needed, so that it is not looked for at every block. */
static int
make_room(struct cache *c, int64_t bytes, struct err *e)
{
	struct blob *b;

	if (cache_bytes(c) + bytes <= c->most)
		return 0;
	while (cache_bytes(c) + bytes > c->most - c->most / 50 && (b = oldest(c)))
		cache_drop(c, b);
	if (cache_bytes(c) + bytes > c->most)
		return err_set(e, ERR_FULL, "There is no room for this file; the setting "
		    "package_cache says how much there may be.");
	return 0;
}

int
part_open(struct cache *c, struct part *p, struct err *e)
{
	*p = (struct part){.cache = c, .fd = -1};
	snprintf(p->name, sizeof(p->name), PART "%u", ++c->parts);
	p->fd = openat(c->folder, p->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	return p->fd < 0 ? err_sys(e, "make %s", p->name) : 0;
}

int
part_write(struct part *p, const void *bytes, size_t n, struct err *e)
{
	if (make_room(p->cache, (int64_t)n, e) < 0)
		return -1;
	p->size += (int64_t)n;
	p->cache->pending += (int64_t)n;
	return file_write_all(p->fd, bytes, n, e);
}

static void
end_part(struct part *p)
{
	close(p->fd);
	p->fd = -1;
	p->cache->pending -= p->size;
}

struct blob *
part_keep(struct part *p, const char *name, struct err *e)
{
	struct cache *c = p->cache;
	struct blob *b;

	if (renameat(c->folder, p->name, c->folder, name) < 0) {
		err_sys(e, "keep %s", name);
		part_drop(p);
		return NULL;
	}
	end_part(p);
	b = cache_find(c, name);
	if (b)
		forget(c, b);
	b = add(c, name, p->size, clock_wall_ms());
	b->is_checked = true;
	return b;
}

void
part_drop(struct part *p)
{
	if (p->cache && p->fd >= 0) {
		unlinkat(p->cache->folder, p->name, 0);
		end_part(p);
	}
}
