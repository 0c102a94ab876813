#ifndef CGI_FOLLOW_H
#define CGI_FOLLOW_H
/*
 * Event streams: "send the progress file of something from an offset, then follow it", until
 * its last event.  Where the file has no such event (it was lost in a restart, or its writer
 * was killed), the store tells how it ended.
 */
#include "reply.h"

/* The event id's offset of what was told from the store: no file grows that long. */
#define FOLLOW_STORE_OFFSET 999999999

/* The event that a client has read last. */
struct follow_mark {
	char id[ID_SIZE];	/* of the job or the like; "": none */
	int64_t offset;
};

/* Given as Last-Event-ID, or in the query as last_event_id; what is no id of ours counts as
 * none. */
struct follow_mark follow_mark(const struct req *r);
/* True where a reader who has everything up to offset of one that has ended was told its
 * end. */
bool follow_is_over(const char *id, int64_t offset);
/* Sends what there is, and whatever is still to come.  outcome, which may be called more than
 * once, appends to r->out (follow_put) how it ended, as the store has it, with done as the
 * last event, and sets *ended_at (wall ms; 0: it has not ended, and nothing is appended);
 * MISSING: it is gone, and so ends the stream. */
typedef int follow_outcome(struct req *r, const char id[ID_SIZE], int64_t *ended_at,
    struct err *e);
int follow_start(struct req *r, const char id[ID_SIZE], int64_t offset, follow_outcome *outcome);
/* One event of an outcome, `before` events before the last; json is emptied. */
void follow_put(struct buf *b, const char id[ID_SIZE], int before, const char *event,
    struct buf *json);

#define FOLLOW_FIELDS FIELDS({"last_event_id", FIELD_TEXT, false, false, 0, 200, \
	"The id of the last event that was read; the header Last-Event-ID counts more."})
#define FOLLOW_HEADERS FIELDS({"Last-Event-ID", FIELD_TEXT, false, false, 0, 200, \
	"The id of the last event that was read."})

#endif
