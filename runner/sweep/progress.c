#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../shared/store/assist.h"
#include "../../shared/store/job.h"
#include "sweep.h"

/* Wall time of the end of a job or an assist; 0: it has not ended.  MISSING: neither. */
static int
find_end(struct sweep *s, const char *id, int64_t *ended_at, struct err *e)
{
	struct arena a = {0};
	struct assist help;
	struct job j;
	int rc = job_get(s->db, id, &a, &j, e);

	if (rc == 0) {
		*ended_at = j.ended_at;
	} else if (e->kind == ERR_MISSING) {
		rc = assist_get(s->db, id, &a, &help, e);
		*ended_at = rc == 0 ? help.ended_at : 0;
	}
	arena_free(&a);
	return rc;
}

/* One that is gone was deleted with its workspace: nobody can ask for its progress. */
static bool
is_done_with(struct sweep *s, const char *id)
{
	int64_t ended_at = 0;
	struct err e;
	bool is_over;

	if (find_end(s, id, &ended_at, &e) < 0)
		is_over = e.kind == ERR_MISSING;
	else
		is_over = ended_at && ended_at < s->now - PROGRESS_KEPT_MS;
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
