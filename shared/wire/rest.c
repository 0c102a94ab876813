#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "alive.h"
#include "bell.h"
#include "rest.h"

#define ORDER "/run/carrel/rest"	/* root's folder: nobody else gives orders */
#define REPORT ALIVE_DIR "/rest"

/* The bell wants an id; this is nobody's. */
#define NOBODY "22222222222222222222222222"

static int
put(const char *path, mode_t mode, const char *text, struct err *e)
{
	return file_write(path, text, strlen(text), mode, e);
}

static bool
get(const char *path, char out[64])
{
	FILE *f = fopen(path, "re");
	bool is_there = f && fgets(out, 64, f);

	if (f)
		fclose(f);
	return is_there;
}

int
rest_give(const struct rest_order *o, struct err *e)
{
	char line[64];

	rest_take_back();
	snprintf(line, sizeof(line), "%" PRId64 " %d\n", o->until_ms, o->is_upgrade);
	if (put(ORDER, 0644, line, e) < 0)
		return -1;
	bell_ring(NULL, NOBODY);
	return 0;
}

void
rest_take_back(void)
{
	unlink(ORDER);
	unlink(REPORT);
}

bool
rest_read_report(struct rest_report *r)
{
	char line[64];

	return get(REPORT, line) && sscanf(line, "%d %d %d %d", &r->left, &r->saved, &r->lost,
	    &r->notebooks) == 4;
}

bool
rest_read_order(struct rest_order *o)
{
	char line[64];
	int is_upgrade;

	if (!get(ORDER, line) || sscanf(line, "%" SCNd64 " %d", &o->until_ms, &is_upgrade) != 2)
		return false;
	o->is_upgrade = is_upgrade;
	return true;
}

int
rest_write_report(const struct rest_report *r, struct err *e)
{
	char line[64];

	snprintf(line, sizeof(line), "%d %d %d %d\n", r->left, r->saved, r->lost, r->notebooks);
	return put(REPORT, 0660, line, e);
}
