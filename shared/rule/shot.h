#ifndef RULE_SHOT_H
#define RULE_SHOT_H
/*
 * Pictures of apps, for their cards: a frozen version is loaded by a browser in a sandbox of
 * its own, which knows nothing but its files, and ends with the picture.  At most one at a
 * time, when the machine has nothing better to do.
 *
 * The picture is a tenant's, as the app is: WebP of one size and no animation, or none.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The sandbox's id, which no workspace has (those are 128 random bits), and its template. */
#define SHOT_ID "screenshot2222222222222222"
#define SHOT_TEMPLATE "shot"
#define SHOT_BROWSER "/usr/lib/chromium/chromium"	/* Debian's */
#define SHOT_NAME "card.webp"	/* beside the frozen files */
#define SHOT_WIDTH 640		/* twice that of a card */
#define SHOT_HEIGHT 397
#define SHOT_BYTES_MIN 1200	/* a page of one colour has a thousand: nothing to be seen */
#define SHOT_BYTES_MAX (96 << 10)

struct shot_facts {
	int64_t waiting, starting, freezing;	/* sandboxes */
	int64_t quiet_ms;		/* since one was started */
	int64_t free_mb;		/* memory available on the machine */
	int64_t load_percent;		/* work that waits for a core, of one core */
	bool is_stopping;		/* nothing new is to be started */
};

bool shot_may_begin(const struct shot_facts *f);
/* One that has begun. */
bool shot_may_go_on(const struct shot_facts *f);
bool shot_is_good(const void *bytes, size_t n);

#endif
