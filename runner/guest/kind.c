#include <stddef.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "kind.h"
#include "place.h"

static const char *const app_folders[] = {
	PLACE_WORK, PLACE_SOURCE, PLACE_CANDIDATE, NULL};

/* No heap limit among these: a V8 flag has Node refuse the image's compiled code, which
 * costs 0.4 s, and gVisor shows it the group's memory, half of which it takes.  One thread
 * where libraries would have one for each processor: an app is compiled in a moment, and
 * threads that wake each other are what a sandbox is slow at. */
static const char *const app_env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp",
	"NO_COLOR=1", "NODE_ENV=development", "LD_PRELOAD=/opt/guest/renew.so",
	"UV_THREADPOOL_SIZE=1", "RAYON_NUM_THREADS=1", "ROLLDOWN_WORKER_THREADS=1",
	"ROLLDOWN_MAX_BLOCKING_THREADS=2", NULL};

/* Of /work and /env launch has seen to. */
static const char *const notebook_folders[] = {PLACE_NOTEBOOK_HOME, NULL};

static const char *const notebook_env[] = {
	"PATH=/opt/carrel/bin:/env/bin:/opt/marimo/bin:/usr/local/bin:/usr/bin:/bin",
	"HOME=" PLACE_NOTEBOOK_HOME, NULL};

static const struct kind kinds[] = {
	{"app", PLACE_PROJECT, app_folders, app_env, true},
	{"notebook", PLACE_NOTEBOOK, notebook_folders, notebook_env, false},
};

const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; name && i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
