#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/text/chunk.h"
#include "../../shared/text/head.h"
#include "../../shared/text/secret.h"
#include "tool.h"

#define GATE "/run/carrel/fcgi/gate.sock"
#define QUESTION_BYTES (2u << 20)
#define PIECE_BYTES 16384
#define PIECES 16	/* read in one go; then others get their turn */
#define RETRY_MAX 3600

struct tool {
	int fd;
	struct buf out, in;	/* what is to be sent, and read before the end of the head */
	bool is_sent, has_head, is_chunked, is_stream;
	int status, retry_after;
	int64_t length;		/* of the body */
	int64_t left;		/* of it; −1: up to the end of the connection */
	struct chunk chunk;
};

static int
add_ticket(struct req *r, void *arg, struct err *e)
{
	const char *verb = ((const char *const *)arg)[1], *ticket = ((const char *const *)arg)[0];
	unsigned char hash[SECRET_HASH_BYTES];
	int64_t now = clock_wall_ms();
	struct pass pass = {.kind = "tool", .expires_at = now + TICKET_MS};

	memcpy(pass.workspace, r->id, ID_SIZE);
	secret_hash(ticket, strlen(ticket), hash);
	if (pass_add(r->db, &pass, true, hash, e) < 0)
		return -1;
	return verb ? notebooks_note(r, r->id, verb, now, e) : 0;
}

static int
dial_gate(struct err *e)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = GATE};
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(e, "socket");
	/* A unix socket connects at once or not at all. */
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return err_set(e, ERR_BUSY, "Notebooks cannot be reached at the moment.");
	return KEEP_FD(fd);
}

/* "http://<id>.localhost:8080/" without its ends. */
static const char *
host_of(struct req *r)
{
	const char *host = strstr(notebooks_url(r, r->id, ""), "://") + 3;

	return arena_dupn(&r->arena, host, strcspn(host, "/"));
}

struct tool *
tool_ask(struct req *r, const struct tool_question *q, const char *verb, struct err *e)
{
	char ticket[SECRET_TOKEN_SIZE];
	const char *note[] = {ticket, verb};
	struct workspace w;
	struct tool *t;
	int fd;

	secret_token(ticket);
	if (notebooks_get(r, &w, e) < 0 || (fd = dial_gate(e)) < 0)
		return NULL;
	if (req_transaction(r, add_ticket, note, e) < 0) {
		close(fd);
		return NULL;
	}
	t = mem_new(sizeof(*t));
	t->fd = fd;
	buf_init(&t->out, QUESTION_BYTES);
	buf_init(&t->in, HEAD_BYTES_MAX + PIECE_BYTES);
	buf_fmt(&t->out, "%s %s HTTP/1.1\r\nHost: %s\r\nX-Carrel-Ticket: %s\r\n"
	    "X-Request-Id: %s\r\nAccept: */*\r\nConnection: close\r\n", q->method, q->path,
	    host_of(r), ticket, r->request_id);
	if (q->json)
		buf_fmt(&t->out, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
		    strlen(q->json));
	buf_str(&t->out, "\r\n");
	buf_str(&t->out, q->json ? q->json : "");
	return t;
}

void
tool_free(struct tool *t)
{
	if (!t)
		return;
	close(t->fd);
	buf_free(&t->out);
	buf_free(&t->in);
	free(t);
}

/* 1: all was sent, or is not wanted any more: an answer may come all the same. */
static int
send_question(struct tool *t)
{
	while (t->out.len > 0) {
		ssize_t n = send(t->fd, t->out.at, t->out.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			break;
		buf_drop(&t->out, (size_t)n);
	}
	t->is_sent = true;
	buf_free(&t->out);
	return 1;
}

/* Bytes read; 0: the end; −1: nothing is there now; −2: an error. */
static ssize_t
receive(struct tool *t, char *to, size_t n, struct err *e)
{
	for (;;) {
		ssize_t got = recv(t->fd, to, n, 0);

		if (got >= 0)
			return got;
		if (errno == EAGAIN)
			return -1;
		if (errno == ECONNRESET)
			return 0;
		if (errno != EINTR) {
			err_sys(e, "read from the gate");
			return -2;
		}
	}
}

static int
no_answer(struct err *e)
{
	return err_set(e, ERR_UPSTREAM, "The notebook ended before it had answered.");
}

/* In the middle of what it said. */
static int
no_end(struct err *e)
{
	return err_set(e, ERR_UPSTREAM, "The notebook ended meanwhile; its notice says why.");
}

static int
take_head(struct tool *t, const struct head *h, struct err *e)
{
	const struct head_field *type = head_find(h, "content-type", NULL);
	const struct head_field *retry = head_find(h, "retry-after", NULL);

	if (h->status < 200)
		return err_set(e, ERR_UPSTREAM, "The notebook's answer could not be read.");
	t->status = h->status;
	t->is_chunked = h->is_chunked;
	t->length = t->left = h->length;
	t->is_stream = type && text_starts(type->value, "text/event-stream");
	for (size_t i = 0; retry && i < retry->value.len && t->retry_after < RETRY_MAX; i++)
		if (retry->value.at[i] >= '0' && retry->value.at[i] <= '9')
			t->retry_after = t->retry_after * 10 + retry->value.at[i] - '0';
	t->has_head = true;
	return 0;
}

static int
read_head(struct tool *t, struct err *e)
{
	struct head h;
	size_t bytes;

	for (;;) {
		char *to = buf_room(&t->in, PIECE_BYTES);
		ssize_t got = to ? receive(t, to, PIECE_BYTES, e) : 0;

		if (got < 0)
			return got == -1 ? 0 : -1;
		if (got == 0)
			return no_answer(e);
		buf_grew(&t->in, (size_t)got);
		switch (head_response(t->in.at, t->in.len, &h, &bytes)) {
		case HEAD_PART:
			continue;
		case HEAD_WHOLE:
			if (take_head(t, &h, e) < 0)
				return -1;
			buf_drop(&t->in, bytes);
			return 0;
		default:
			return err_set(e, ERR_UPSTREAM, "The notebook's answer could not be read.");
		}
	}
}

/* 1: the end of the body. */
static int
take_body(struct tool *t, const char *bytes, size_t n, tool_fn *fn, void *arg, struct err *e)
{
	if (t->is_chunked)
		return chunk_feed(&t->chunk, bytes, n, fn, arg, e);
	if (t->left >= 0 && n > (size_t)t->left)
		n = (size_t)t->left;
	if (n > 0 && fn(arg, bytes, n, e) < 0)
		return -1;
	if (t->left >= 0)
		t->left -= (int64_t)n;
	return t->left == 0;
}

static int
read_body(struct tool *t, tool_fn *fn, void *arg, struct err *e)
{
	char piece[PIECE_BYTES];
	int rc = take_body(t, t->in.at, t->in.len, fn, arg, e);

	buf_free(&t->in);
	for (int i = 0; i < PIECES && rc == 0; i++) {
		ssize_t got = receive(t, piece, sizeof(piece), e);

		if (got < 0)
			return got == -1 ? 0 : -1;
		if (got == 0)
			return t->is_chunked || t->left > 0 ? no_end(e) : 1;
		rc = take_body(t, piece, (size_t)got, fn, arg, e);
	}
	return rc;
}

int
tool_go_on(struct tool *t, tool_fn *fn, void *arg, struct err *e)
{
	if (!t->is_sent && send_question(t) == 0)
		return 0;
	return t->has_head ? read_body(t, fn, arg, e) : read_head(t, e);
}

bool
tool_has_head(const struct tool *t)
{
	return t->has_head;
}

int
tool_status(const struct tool *t)
{
	return t->status;
}

int64_t
tool_length(const struct tool *t)
{
	return t->length;
}

bool
tool_is_stream(const struct tool *t)
{
	return t->is_stream;
}

int
tool_retry_after(const struct tool *t)
{
	return t->retry_after;
}

void
tool_wait(struct req *r, const struct tool *t)
{
	req_watch(r, t->fd, !t->is_sent);
}

static enum err_kind
kind_of(int status)
{
	static const struct {
		int status;
		enum err_kind kind;
	} all[] = {
		{400, ERR_INPUT}, {404, ERR_MISSING}, {409, ERR_CONFLICT}, {413, ERR_LIMIT},
		{429, ERR_QUOTA}, {503, ERR_BUSY}, {504, ERR_TIMEOUT}, {507, ERR_FULL},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].status == status)
			return all[i].kind;
	return ERR_UPSTREAM;
}

int
tool_refusal(const struct tool *t, const char *body, size_t n, struct err *e)
{
	struct err ignored;
	AUTO_JSON cJSON *json = json_parse(body, n, &ignored);
	const char *detail = json_get_text(json, "detail"), *field = json_get_text(json, "field");

	if (t->status == 401 || t->status == 403)
		return err_set(e, ERR_INTERNAL, "the gate refuses our ticket: %.200s",
		    detail ? detail : "");
	err_field(e, kind_of(t->status), field && strlen(field) < sizeof(e->field) ? field : "",
	    "%.400s", detail && *detail ? detail : "The notebook could not be asked.");
	e->retry_after_secs = t->retry_after;
	return -1;
}
