/*
 * Before a stop or an upgrade: keep is told to put everything to sleep, and given time.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/rest.h"
#include "crew.h"

#define WRITE_MS 2000		/* after the time is over: to write down what was lost */

static struct {
	int64_t until_ms;
	struct rest_report told;
	bool has_told;
} rest;

/* What a sleeping kernel is bound to: it wakes with the very programs it fell asleep in. */
static const char *const bound_to[] = {RUN "/build/bin/runsc", RUN "/build/guest/guest"};

static struct {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
} programs[COUNT(bound_to)];

bool
rest_note_programs(void)
{
	bool is_changed = false;
	struct stat st;

	for (size_t i = 0; i < COUNT(bound_to); i++) {
		if (stat(bound_to[i], &st) < 0)
			continue;
		is_changed |= st.st_dev != programs[i].dev || st.st_ino != programs[i].ino ||
		    st.st_mtim.tv_sec != programs[i].changed.tv_sec;
		programs[i].dev = st.st_dev;
		programs[i].ino = st.st_ino;
		programs[i].changed = st.st_mtim;
	}
	return is_changed;
}

void
rest_begin(int64_t limit_ms, bool is_upgrade)
{
	struct rest_order o = {.until_ms = clock_boot_ms() + limit_ms, .is_upgrade = is_upgrade};
	struct err e;

	memset(&rest, 0, sizeof(rest));
	rest.until_ms = o.until_ms + WRITE_MS;
	if (rest_give(&o, &e) == 0)
		return;
	log_error("nothing is put to sleep: %s", e.text);
	rest.until_ms = 0;
}

bool
rest_is_done(int console_fd)
{
	struct rest_report now;

	if (rest_read_report(&now)) {
		if (!rest.has_told && now.notebooks > 0)
			dprintf(console_fd, "Putting %d notebook%s to sleep; once more stops at "
			    "once.\n", now.notebooks, now.notebooks == 1 ? "" : "s");
		rest.has_told |= now.notebooks > 0;
		rest.told = now;
		if (now.left == 0)
			return true;
	}
	return clock_boot_ms() >= rest.until_ms;
}

void
rest_say(int console_fd)
{
	int saved = rest.told.saved, lost = rest.told.lost + rest.told.notebooks;

	if (saved + lost == 0)
		return;
	dprintf(console_fd, "%d notebook%s sleep%s with %s variables", saved,
	    saved == 1 ? "" : "s", saved == 1 ? "s" : "", saved == 1 ? "its" : "their");
	if (lost > 0)
		dprintf(console_fd, "; %d could not be saved, and say so when opened", lost);
	dprintf(console_fd, ".\n");
}
