#ifndef GUEST_DOOR_H
#define GUEST_DOOR_H
/*
 * A listening socket towards the host, in a folder that only PID 1 of the sandbox may
 * write. The folder decides who may connect; the mode is set last, because the host takes
 * the change of mode (IN_ATTRIB) as "it listens now".
 */

/* The listening socket, non-blocking; aborts where it cannot be had. */
int door_open(const char *path);
/* Closes it and removes its name; −1 is fine. */
void door_close(int fd, const char *path);

#endif
