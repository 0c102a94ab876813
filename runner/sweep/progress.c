#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../shared/store/job.h"
#include "sweep.h"

/* A job that is gone was deleted with its workspace: nobody can ask for its progress. */
static bool
is_done_with(struct sweep *s, const char *id)
{
	struct arena a = {0};
	struct err e;
	struct job j;
	bool is_over;

	if (job_get(s->db, id, &a, &j, &e) < 0)
		is_over = e.kind == ERR_MISSING;
	else
		is_over = j.ended_at && j.ended_at < s->now - PROGRESS_KEPT_MS;
	arena_free(&a);
	return is_over;
}

int
sweep_progress(struct sweep *s, struct err *e)
{
	struct dirent *entry;
	int result = 0;
	DIR *d;

	if (!s->progress)
		return 0;
	d = opendir(s->progress);
	if (!d)
		return err_sys(e, "open %s", s->progress);
	while ((entry = readdir(d))) {
		if (!id_is_valid(entry->d_name) || !is_done_with(s, entry->d_name))
			continue;
		if (unlinkat(dirfd(d), entry->d_name, 0) < 0 && errno != ENOENT)
			result = err_sys(e, "remove %s/%s", s->progress, entry->d_name);
	}
	closedir(d);
	return result;
}
