#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "pipe.h"
#include "pool.h"

#define ROUNDS 8	/* blocks in a row, before others have their turn */

void
pipe_free(struct pipe *p)
{
	if (p->is_pooled)
		pool_give(p->bytes);
	else
		free(p->bytes);
	p->bytes = NULL;
	p->len = p->off = 0;
	p->is_pooled = p->is_kept = false;
}

void
pipe_hold(struct pipe *p, char *bytes, size_t len)
{
	pipe_free(p);
	p->bytes = bytes;
	p->len = (uint32_t)len;
	if (!len)
		pipe_free(p);
}

void
pipe_rewind(struct pipe *p)
{
	p->len += p->off;
	p->off = 0;
}

void
pipe_forget(struct pipe *p)
{
	p->is_kept = false;
	if (!p->len)
		pipe_free(p);
}

void
pipe_drop(struct pipe *p)
{
	p->is_dropping = true;
	pipe_free(p);
}

/* −1: broken; else how many the other side took. */
static ssize_t
send_some(int to, const char *at, size_t n)
{
	ssize_t sent;

	do
		sent = send(to, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
		return 0;
	return sent;
}

static enum pipe_result
flush(struct pipe *p, int to)
{
	ssize_t sent = send_some(to, p->bytes + p->off, p->len);

	if (sent < 0 && !p->is_kept) {
		pipe_drop(p);
		return PIPE_BROKEN;
	}
	if (sent < 0) {
		p->off += p->len;
		p->len = 0;
		return PIPE_BROKEN;
	}
	p->off += (uint32_t)sent;
	p->len -= (uint32_t)sent;
	if (!p->len && !p->is_kept)
		pipe_free(p);
	return sent ? PIPE_MOVED : PIPE_IDLE;
}

/* Reads once and sends on; *got tells how much there was. */
static enum pipe_result
pass(struct pipe *p, int from, int to, ssize_t *got)
{
	char *block = pool_take();
	enum pipe_result result;

	do
		*got = recv(from, block, POOL_BLOCK_BYTES, MSG_DONTWAIT);
	while (*got < 0 && errno == EINTR);
	if (*got == 0 || (*got < 0 && errno != EAGAIN))
		p->is_ended = true;
	if (p->left >= 0 && *got > p->left)
		*got = p->left;	/* the surplus belongs to nobody */
	if (*got > 0 && p->left > 0)
		p->left -= *got;
	if (*got <= 0 || p->is_dropping) {
		pool_give(block);
		return PIPE_IDLE;
	}
	p->bytes = block;
	p->is_pooled = true;
	p->off = 0;
	p->len = (uint32_t)*got;
	result = flush(p, to);
	return result == PIPE_IDLE ? PIPE_MOVED : result;
}

enum pipe_result
pipe_move(struct pipe *p, int from, int to)
{
	enum pipe_result result = PIPE_IDLE;
	ssize_t got = 1;

	if (p->len && (result = flush(p, to)) == PIPE_BROKEN)
		return result;
	for (int i = 0; i < ROUNDS && !p->len && !p->is_ended; i++) {
		enum pipe_result now = pass(p, from, to, &got);

		if (now != PIPE_IDLE)
			result = now;
		if (now == PIPE_BROKEN || got <= 0)
			break;
		if (got < (ssize_t)POOL_BLOCK_BYTES)
			break;
	}
	return result;
}
