#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/rand.h"
#include "../../shared/text/json.h"
#include "req.h"

#define OUT_BYTES (64u << 20)
#define HEADERS_BYTES (16u << 10)

/* The web server's, where it made one; anybody else's only if it looks like one. */
static void
take_request_id(struct req *r)
{
	const char *given = conn_param(r->conn, "HTTP_X_REQUEST_ID");

	if (given && log_is_request_id(given, strlen(given)))
		memcpy(r->request_id, given, strlen(given) + 1);
	else
		id_request(r->request_id);
}

struct req *
req_new(struct conn *c, const struct site *s)
{
	struct req *r = mem_new(sizeof(*r));

	r->conn = c;
	r->begun_ms = clock_boot_ms();
	r->site = s;
	r->wait.fd = -1;
	buf_init(&r->out, OUT_BYTES);
	buf_init(&r->headers, HEADERS_BYTES);
	buf_init(&r->body, 0);
	take_request_id(r);
	return r;
}

void
req_drop_input(struct req *r)
{
	cJSON_Delete(r->json);
	r->json = NULL;
	r->values = NULL;
	r->typed = NULL;
	/* These may have been in the arena; the log line of a parked request names its route. */
	r->path = r->route ? r->route->path : "";
	r->query = "";
	buf_free(&r->body);
	buf_free(&r->out);
	/* Those that the guards gave belong to the reply, whenever it comes. */
	if (r->has_replied)
		buf_free(&r->headers);
	arena_free(&r->arena);
}

void
req_free(struct req *r)
{
	req_drop_input(r);
	buf_free(&r->headers);
	if (r->end_state)
		r->end_state(r->state);
	free(r->state);
	free(r);
}

static const struct value *
value_of(const struct req *r, const char *name, enum field_type type)
{
	const struct field *f = r->endpoint->fields;

	for (int i = 0; f && f[i].name; i++)
		if (strcmp(f[i].name, name) == 0 && f[i].type == type) {
			if (!r->values)
				BUG("input is asked for of a parked request");
			return r->values[i].is_set ? &r->values[i] : NULL;
		}
	BUG("%s has no field %s of this type", r->route->name, name);
}

const char *
req_text(const struct req *r, const char *name)
{
	const struct value *v = value_of(r, name, FIELD_TEXT);

	return v ? v->text : NULL;
}

int64_t
req_number(const struct req *r, const char *name, int64_t fallback)
{
	const struct value *v = value_of(r, name, FIELD_NUMBER);

	return v ? v->number : fallback;
}

const struct value *
req_image(const struct req *r, const char *name)
{
	return value_of(r, name, FIELD_IMAGE);
}

const char *
req_header(const struct req *r, const char *name)
{
	return conn_param(r->conn, name);
}

/* The weight, in thousandths, that Accept gives to exactly this type; −1: not named. */
static int
weight(const char *accept, const char *type)
{
	size_t n = strlen(type);

	while (*accept) {
		const char *q;
		size_t len;

		accept += strspn(accept, " \t");
		len = strcspn(accept, ",");
		if (strncasecmp(accept, type, n) == 0 && strchr(",; \t", accept[n])) {
			q = memmem(accept, len, "q=", 2);
			return q ? (int)(strtod(q + 2, NULL) * 1000) : 1000;
		}
		accept += len + (accept[len] == ',');
	}
	return -1;
}

bool
req_prefers_html(const struct req *r)
{
	const char *accept = req_header(r, "HTTP_ACCEPT");
	int html = accept ? weight(accept, "text/html") : -1;

	return html > 0 && html >= weight(accept, "application/json");
}

bool
req_prefers_json(const struct req *r)
{
	const char *accept = req_header(r, "HTTP_ACCEPT");
	int json = accept ? weight(accept, "application/json") : -1;

	return json > 0 && json > weight(accept, "text/html");
}

bool
req_prefers_async(const struct req *r)
{
	const char *prefer = req_header(r, "HTTP_PREFER");

	return prefer && strcasestr(prefer, "respond-async");
}

int
req_transaction(struct req *r, int (*fn)(struct req *r, void *arg, struct err *e), void *arg,
    struct err *e)
{
	if (db_begin(r->db, e) < 0)
		return -1;
	if (fn(r, arg, e) < 0 || db_commit(r->db, e) < 0) {
		db_rollback(r->db);
		return -1;
	}
	return 0;
}

int
req_wait(struct req *r, const char id[ID_SIZE], int64_t ms,
    int (*resume)(struct req *r, struct err *e))
{
	memcpy(r->wait.id, id, ID_SIZE);
	r->wait.until_ms = clock_boot_ms() + ms;
	r->wait.resume = resume;
	return req_wait_on(r);
}

int
req_wait_on(struct req *r)
{
	r->wait.is_on = r->was_parked = true;
	return 0;
}

void
req_watch(struct req *r, int fd, bool is_write)
{
	r->wait.fd = fd;
	r->wait.is_write = is_write;
}

void *
req_state(struct req *r, size_t bytes)
{
	if (r->state)
		BUG("a request has one state");
	r->state = mem_new(bytes);
	return r->state;
}
