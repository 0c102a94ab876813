#include <stdio.h>
#include <time.h>

#include "clock.h"

static int64_t fake_ms;

static int64_t
read_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return fake_ms ? fake_ms : read_ms(CLOCK_REALTIME);
}

int64_t
clock_boot_ms(void)
{
	return fake_ms ? fake_ms : read_ms(CLOCK_BOOTTIME);
}

void
clock_iso(int64_t wall_ms, char out[21])
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, 21, "1970-01-01T00:00:00Z");
}

bool
clock_from_iso(const char *text, int64_t *wall_ms)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (rest && *rest)
		rest = strptime(rest, "T%H:%M:%SZ", &tm);
	if (!rest || *rest)
		return false;
	*wall_ms = (int64_t)timegm(&tm) * 1000;
	return *wall_ms >= 0;
}

void
clock_words(int64_t wall_ms, int64_t now_ms, char out[24])
{
	int64_t secs = (now_ms - wall_ms) / 1000;
	time_t then = (time_t)(wall_ms / 1000), now = (time_t)(now_ms / 1000);
	struct tm a, b;

	localtime_r(&then, &a);
	localtime_r(&now, &b);
	if (secs < 60)
		snprintf(out, 24, "now");
	else if (secs < 3600)
		snprintf(out, 24, "%d min ago", (int)(secs / 60));
	else if (secs < 12 * 3600 || (a.tm_yday == b.tm_yday && a.tm_year == b.tm_year))
		snprintf(out, 24, "%d h ago", (int)(secs / 3600));
	else if (secs < 36 * 3600)
		snprintf(out, 24, "yesterday");
	else if (secs < 6 * 86400)
		strftime(out, 24, "%A", &a);
	else
		strftime(out, 24, a.tm_year == b.tm_year ? "%-d %b" : "%-d %b %Y", &a);
}

void
clock_fake(int64_t wall_ms)
{
	fake_ms = wall_ms;
}
