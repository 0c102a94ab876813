#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
/*
 * Time.  Wall time (ms since 1970) is for what people read and the store keeps; boot time
 * (ms, goes on through suspend, never set back) is for waiting and deadlines.
 */
#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_boot_ms(void);
/* "2026-11-22T07:28:00Z" */
void clock_iso(int64_t wall_ms, char out[21]);
/* The same back, or the beginning of a day: "2026-11-22".  False: it is neither. */
bool clock_from_iso(const char *text, int64_t *wall_ms);
/* How long ago in words: "now", "5 min ago", "2 h ago", "yesterday", "12 Nov", "12 Nov 2025". */
void clock_words(int64_t wall_ms, int64_t now_ms, char out[24]);
/* Tests only: replaces both clocks by a fixed time; 0 gives the real ones back. */
void clock_fake(int64_t wall_ms);

#endif
