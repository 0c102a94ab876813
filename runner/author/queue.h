#ifndef AUTHOR_QUEUE_H
#define AUTHOR_QUEUE_H
/*
 * The jobs and assists that wait: each is told its place in the line, when it changes.
 */
#include "author.h"

struct queue *queue_new(void);
void queue_free(struct queue *q);
/* An id was rung: if it is one that waits, its place is told from now on. */
void queue_hear(struct author *a, const char *id);
/* Tells all whose place has changed; forgets those that wait no more. */
void queue_tell(struct author *a);
/* "third in line" for 2 that are before. */
void queue_words(int64_t before, char *out, size_t size);

#endif
