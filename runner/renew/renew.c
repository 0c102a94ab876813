/*
 * Loaded into the workload of an app beside its own libraries (LD_PRELOAD), not into the guest:
 * OpenSSL's random numbers begin anew after each restore, for many sandboxes go on from one
 * checkpoint, and would draw the same ones.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

static void *
renew(void *poll_random)
{
	struct pollfd p = {.events = POLLIN};

	/* Each open tells of one checkpoint. */
	while ((p.fd = open("/proc/gvisor/checkpoint", O_RDONLY | O_CLOEXEC)) >= 0) {
		poll(&p, 1, -1);
		((int (*)(void))poll_random)();
		close(p.fd);
	}
	return NULL;
}

__attribute__((constructor)) static void
begin(void)
{
	void *poll_random = dlsym(RTLD_DEFAULT, "RAND_poll");
	pthread_t thread;

	if (poll_random && pthread_create(&thread, NULL, renew, poll_random) == 0)
		pthread_detach(thread);
}
