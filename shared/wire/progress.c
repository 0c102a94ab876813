#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/file.h"
#include "../base/mem.h"
#include "../base/rand.h"
#include "../text/json.h"
#include "progress.h"

#define EVENT_BYTES (1u << 20)
#define ID_LINE_BYTES (4 + ID_LEN + 1 + 9 + 1)	/* "id: <job>.<9 digits>\n" */
#define OTHERS_BYTES (1u << 20)	/* kept free for the events that are not tokens */

static int
path_of(const char *job, char *path, size_t size, struct err *e)
{
	if (!id_is_valid(job))
		return err_set(e, ERR_MISSING, "There is no job with this id.");
	snprintf(path, size, "%s/%s", PROGRESS_DIR, job);
	return 0;
}

/* Is the last event of the file "done"? */
static bool
is_done(int fd, off_t size)
{
	static const char mark[] = "\nevent: done\n";
	char tail[256];
	size_t want = size < (off_t)sizeof(tail) ? (size_t)size : sizeof(tail);
	ssize_t n = pread(fd, tail, want, size - (off_t)want);

	return n > 0 && memmem(tail, (size_t)n, mark, sizeof(mark) - 1);
}

int
progress_add(const char *job, const char *event, const char *json, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	AUTO_FD int fd = -1;
	struct stat st;
	size_t end;
	char path[128];

	buf_init(&text, EVENT_BYTES);
	if (path_of(job, path, sizeof(path), e) < 0)
		return -1;
	if (strchr(json, '\n'))
		BUG("a progress event of several lines");
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	/* Author and keep may write at the same time while a sandbox starts. */
	if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open %s", path);
	/* The umask may have taken the group's right to write, which the next writer
	 * needs; only the owner can give it, and the owner made the file. */
	if (st.st_size == 0)
		(void)!fchmod(fd, 0660);
	buf_fmt(&text, "event: %s\ndata: %s\n\n", event, json);
	end = (size_t)st.st_size + ID_LINE_BYTES + text.len;
	if (text.is_over || is_done(fd, st.st_size) || end > PROGRESS_BYTES ||
	    (strcmp(event, "token") == 0 && end > PROGRESS_BYTES - OTHERS_BYTES))
		return 0;
	buf_reset(&text);
	buf_fmt(&text, "id: %s.%09zu\nevent: %s\ndata: %s\n\n", job, end, event, json);
	if (file_write_all(fd, text.at, text.len, e) < 0) {
		/* Half an event would join itself to the next one. */
		(void)!ftruncate(fd, st.st_size);
		return -1;
	}
	return 0;
}

int
progress_phase(const char *job, const char *phase, const char *detail, struct err *e)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, EVENT_BYTES / 2);
	json_open(&json, '{');
	json_put_text(&json, "job", job);
	json_put_text(&json, "phase", phase);
	json_put_text(&json, "detail", detail ? detail : "");
	json_close(&json, '}');
	if (json.is_over)
		return progress_phase(job, phase, "", e);
	return progress_add(job, "phase", json.at, e);
}

int
progress_open(const char *job, struct err *e)
{
	char path[128];
	int fd;

	if (path_of(job, path, sizeof(path), e) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_MISSING, "The progress of this job is not kept any "
		    "more.");
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

void
progress_remove(const char *job)
{
	char path[128];

	if (path_of(job, path, sizeof(path), NULL) == 0)
		unlink(path);
}
