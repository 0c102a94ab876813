#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "apply.h"
#include "notebook.h"
#include "place.h"
#include "source.h"
#include "user.h"
#include "work.h"

#define GOOD "{\"ok\":true}"
#define CLONE_LINE "clone\n"
#define READY_BYTE 'r'		/* how its answer begins */

static struct {
	struct loop *loop;
	bool is_clone;		/* and its workload was not told yet */
	int fd;			/* to the workload that was told; −1: none */
	struct watch *watch;
} notebook = {.fd = -1};

void
notebook_open(struct loop *l)
{
	notebook.loop = l;
}

void
notebook_begin_again(void)
{
	notebook.is_clone = true;
	work_begin_again();
}

static void
hear(struct loop *l, int fd, uint32_t events, void *arg)
{
	char byte = 0;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	(void)events, (void)arg;
	loop_forget(l, KEEP_PTR(notebook.watch));
	close(KEEP_FD(notebook.fd));
	if (n == 1 && byte == READY_BYTE)
		work_is_ready();
	else
		work_kill();	/* it starts from nothing then */
}

static void
tell_workload(void)
{
	notebook.is_clone = false;
	if (work_state() != GUEST_STARTING)
		return;		/* it died, and is started over these files anyway */
	notebook.fd = user_connect(PLACE_NOTEBOOK_AGAIN);
	if (notebook.fd < 0 || send(notebook.fd, CLONE_LINE, strlen(CLONE_LINE),
	    MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)strlen(CLONE_LINE)) {
		work_kill();
		return;
	}
	notebook.watch = loop_watch(notebook.loop, notebook.fd, EPOLLIN, hear, NULL);
}

void
notebook_apply(struct conn *c, uint64_t tag, const void *payload, size_t n)
{
	struct source s;
	struct err e;
	int rc;

	if (source_parse(&s, "", payload, n, &e) < 0) {
		apply_refuse(c, tag, "input", e.text);
		return;
	}
	user_begin();
	rc = source_fill(&s, PLACE_NOTEBOOK, &e);
	user_end();
	if (rc < 0 && e.kind == ERR_FULL) {
		apply_refuse(c, tag, "full", "There is no space left for the files.");
	} else if (rc < 0) {
		apply_refuse(c, tag, "files", "The files could not be written.");
	} else {
		work_begin();
		if (notebook.is_clone)
			tell_workload();
		ctl_verdict(c, tag, GOOD, strlen(GOOD));
	}
}
