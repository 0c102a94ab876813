#include <fcntl.h>
#include <unistd.h>

#include "../base/log.h"
#include "../base/mem.h"
#include "alive.h"
#include "room.h"

#define NONE ALIVE_DIR "/room-none"
#define READONLY ALIVE_DIR "/room-readonly"

enum room
room_now(void)
{
	if (access(READONLY, F_OK) == 0)
		return ROOM_READONLY;
	return access(NONE, F_OK) == 0 ? ROOM_NONE : ROOM_PLENTY;
}

const char *
room_words(enum room r)
{
	static const char *const words[] = {
		[ROOM_PLENTY] = "",
		[ROOM_NONE] = "There is no space left on the disk, so nothing new is taken on. "
		    "What is there is safe, and it goes on by itself as soon as there is room.",
		[ROOM_READONLY] = "The disk can only be read, so nothing can be changed. What is "
		    "there is safe; whoever runs this Carrel finds the reason in the machine's log.",
	};

	return words[r];
}

void
room_tell(enum room r)
{
	const char *const marks[] = {NONE, READONLY};

	for (size_t i = 0; i < COUNT(marks); i++) {
		if (r != i + 1) {
			unlink(marks[i]);
		} else if (access(marks[i], F_OK) < 0) {
			AUTO_FD int fd = open(marks[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0660);

			if (fd < 0)
				log_error("cannot tell about the disk with %s", marks[i]);
		}
	}
}
