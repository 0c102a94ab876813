#include <pthread.h>

#include "tries.h"

#define PLACES 1024
#define MINUTE_MS 60000

static struct {
	pthread_mutex_t lock;
	struct {
		int64_t since_ms;	/* boot time of the first of this minute */
		int count;
	} places[PLACES];
} tries = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Ids are random, so any of their bits will do; those of a made-up one may meet others. */
static unsigned
place_of(const char id[ID_SIZE])
{
	unsigned n = 0;

	for (int i = 0; i < ID_LEN; i++)
		n = n * 31 + (unsigned char)id[i];
	return n % PLACES;
}

int
tries_wrong(const char id[ID_SIZE], int64_t now_ms)
{
	unsigned i = place_of(id);
	int secs = 0;

	pthread_mutex_lock(&tries.lock);
	if (now_ms - tries.places[i].since_ms >= MINUTE_MS || !tries.places[i].count) {
		tries.places[i].since_ms = now_ms;
		tries.places[i].count = 0;
	}
	if (tries.places[i].count < TRIES_MAX)
		tries.places[i].count++;
	else
		secs = (int)((tries.places[i].since_ms + MINUTE_MS - now_ms + 999) / 1000);
	pthread_mutex_unlock(&tries.lock);
	return secs;
}
