/*
 * POST /workspaces/{id}/run {"code", "timeout"?}
 * 200 text/event-stream: stdout, stderr, done | 404 | 503 it could not be woken, and why
 */
#include "relay.h"

#define CODE_MAX 100000
#define TIMEOUT_SECS 60
#define TIMEOUT_MAX 600
/* What waking, other code that runs, and an interrupt may take beside the code itself. */
#define MORE_MS 150000

static int
run(struct req *r, struct err *e)
{
	int64_t secs = req_number(r, "timeout", TIMEOUT_SECS);
	AUTO_BUF struct buf json = {0};
	struct tool *t;

	buf_init(&json, 2u << 20);
	json_open(&json, '{');
	json_put_text(&json, "code", req_text(r, "code"));
	json_put_int(&json, "timeout", secs);
	json_close(&json, '}');
	t = tool_ask(r, &(struct tool_question){"POST", "/run", json.at}, "run", e);
	if (!t)
		return -1;
	return relay(r, t, &(struct relay_as){.type = "text/event-stream",
	    .ms = secs * 1000 + MORE_MS});
}

const struct endpoint notebooks_run = {
	.about = "Runs code in the live kernel, with the notebook's variables in reach; what it "
	    "assigns is gone afterwards. Wakes the notebook. Server-sent events: stdout and stderr "
	    "{data}, as they come; at the end done {success, output: {mimetype, data} or null, "
	    "error, truncated, took_ms}. Of long outputs the beginning and the end are sent. One "
	    "at a time runs, others wait. Who leaves interrupts it.",
	.fields = FIELDS(
	    {"code", FIELD_TEXT, true, false, 1, CODE_MAX, "Python."},
	    {"timeout", FIELD_NUMBER, false, false, 1, TIMEOUT_MAX,
	     "Seconds after which it is interrupted; 60 where nothing is said."}),
	.replies = REPLIES({200, "The events.", "event: stdout\ndata: {\"data\":\"5\\n\"}\n\n"
	    "event: done\ndata: {\"success\":true,\"output\":null,\"error\":null,"
	    "\"truncated\":false,\"took_ms\":61}\n\n", "text/event-stream"},
	    {502, "The notebook ended before it had answered.", NULL, NULL},
	    {503, "The notebook could not be woken, and why; or the machine is busy.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
