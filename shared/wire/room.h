#ifndef WIRE_ROOM_H
#define WIRE_ROOM_H
/*
 * Whether there is room on the disk for anything new.  Keep finds out, every second, and
 * everybody reads it: a full disk is told to people before they have typed in vain.
 */
enum room {
	ROOM_PLENTY,
	ROOM_NONE,		/* only what frees room, or needs next to none, is done */
	ROOM_READONLY,		/* the file system takes no writes at all */
};

enum room room_now(void);
/* For a banner and for a refusal; "" where there is plenty. */
const char *room_words(enum room r);
/* keep alone. */
void room_tell(enum room r);

#endif
