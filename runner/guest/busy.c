#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"
#include "busy.h"
#include "target.h"
#include "work.h"

#define ANSWER_MAX 4096
#define PATIENCE_MS 5000
#define TOOL "tool=tcp:"
#define DEATHS "\"kernel_deaths\":"
#define QUESTION "GET /status HTTP/1.0\r\nHost: localhost\r\n\r\n"

static struct {
	struct loop *loop;
	struct target tool;
	enum guest_busy last;
	uint32_t deaths;
	int fd;			/* −1: nothing is asked */
	struct watch *watch;
	struct timer *late;
	bool is_asked;
	struct buf answer;
} busy = {.fd = -1};

static void
end(enum guest_busy said)
{
	busy.last = said;
	loop_forget(busy.loop, KEEP_PTR(busy.watch));
	loop_cancel(busy.loop, KEEP_PTR(busy.late));
	close(KEEP_FD(busy.fd));
	buf_free(&busy.answer);
}

static enum guest_busy
read_answer(void)
{
	const char *text = busy.answer.at, *deaths = strstr(text, DEATHS);

	if (deaths)
		busy.deaths = (uint32_t)strtoul(deaths + strlen(DEATHS), NULL, 10);
	if (strstr(text, "\"kernel\":\"running\""))
		return GUEST_BUSY_YES;
	if (strstr(text, "\"kernel\":\"idle\""))
		return GUEST_BUSY_NO;
	return strstr(text, "\"kernel\":\"none\"") ? GUEST_BUSY_NONE : GUEST_BUSY_UNKNOWN;
}

static void
too_late(struct loop *l, void *arg)
{
	(void)l, (void)arg;
	busy.late = NULL;
	end(GUEST_BUSY_UNKNOWN);
}

static void
event(struct loop *l, int fd, uint32_t events, void *arg)
{
	ssize_t n;
	char *room;

	(void)arg;
	if (!busy.is_asked && (events & EPOLLOUT)) {
		/* It fits into an empty socket's buffer. */
		busy.is_asked = send(fd, QUESTION, strlen(QUESTION), MSG_NOSIGNAL) ==
		    (ssize_t)strlen(QUESTION);
		if (!busy.is_asked) {
			end(GUEST_BUSY_UNKNOWN);
			return;
		}
		loop_change(l, busy.watch, EPOLLIN);
		return;
	}
	room = buf_room(&busy.answer, 1024);
	n = room ? recv(fd, room, 1024, MSG_DONTWAIT) : 0;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		buf_grew(&busy.answer, (size_t)n);
	else
		end(n == 0 ? read_answer() : GUEST_BUSY_UNKNOWN);
}

void
busy_setup(struct loop *l, const char *doors)
{
	const char *tool = strstr(doors, TOOL);

	busy.loop = l;
	if (tool)
		busy.tool.port = (uint16_t)atoi(tool + strlen(TOOL));
}

static void
ask(void)
{
	bool is_connecting;

	busy.fd = target_dial(&busy.tool, &is_connecting);
	if (busy.fd < 0) {
		busy.last = GUEST_BUSY_UNKNOWN;
		return;
	}
	busy.is_asked = false;
	buf_init(&busy.answer, ANSWER_MAX);
	busy.watch = loop_watch(busy.loop, busy.fd, EPOLLOUT, event, NULL);
	busy.late = loop_timer(busy.loop, PATIENCE_MS, too_late, NULL);
}

enum guest_busy
busy_now(void)
{
	if (busy.tool.port && busy.fd < 0 && work_state() == GUEST_READY)
		ask();
	return busy.last;
}

uint32_t
busy_deaths(void)
{
	return busy.deaths;
}
