/*
 * GET /workspaces/{id}/kernel
 * 200 what its kernel does now, and for how many: {"kernel","connections", …} | 404.
 * Wakes nothing and is no use of it.
 */
#include <string.h>

#include "tool.h"

#define KERNEL_MS 5000
#define ANSWER_BYTES (16u << 10)

struct asking {
	struct tool *tool;
	struct buf answer;
};

static void
end(void *state)
{
	struct asking *a = state;

	tool_free(a->tool);
	buf_free(&a->answer);
}

static int
take(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct asking *a = arg;

	buf_add(&a->answer, bytes, n);
	return a->answer.is_over ? err_set(e, ERR_UPSTREAM, "The notebook's answer is too long.") : 0;
}

/* The sandbox's words are a stranger's: known members in known types, nothing else. */
static int
put(struct req *r, const char *text, size_t n, const char *otherwise)
{
	static const char *const numbers[] = {"connections", "memory_bytes", "kernel_deaths"};
	static const char *const words[] = {"last_death", "packages_error"};
	AUTO_JSON cJSON *said = n ? json_parse(text, n, NULL) : NULL;
	const char *kernel = json_get_text(said, "kernel");

	json_open(&r->out, '{');
	json_put_text(&r->out, "kernel", kernel && (strcmp(kernel, "running") == 0 ||
	    strcmp(kernel, "idle") == 0) ? kernel : otherwise);
	for (size_t i = 0; i < COUNT(numbers); i++)
		json_put_int(&r->out, numbers[i], json_get_int(said, numbers[i], 0));
	for (size_t i = 0; i < COUNT(words); i++)
		json_put_text(&r->out, words[i], json_get_text(said, words[i]));
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

static int
go_on(struct req *r, struct err *e)
{
	struct asking *a = r->state;
	int rc = 0;

	/* The head, and then the body. */
	while (rc == 0) {
		bool had_head = tool_has_head(a->tool);

		rc = tool_go_on(a->tool, take, a, e);
		if (rc == 0 && had_head == tool_has_head(a->tool))
			break;
	}
	if (rc == 0 && !r->wait.is_late && !r->wait.is_stopping) {
		tool_wait(r, a->tool);
		return req_wait_on(r);
	}
	if (rc == 1 && tool_status(a->tool) == 200)
		return put(r, a->answer.at, a->answer.len, "none");
	return put(r, NULL, 0, "none");	/* it is just starting, or ending */
}

static int
run(struct req *r, struct err *e)
{
	struct asking *a;
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0)
		return -1;
	if (strcmp(w.sandbox_state, "running") != 0)
		return put(r, NULL, 0, strcmp(w.sandbox_state, "hibernated") == 0 ? "saved" : "none");
	a = req_state(r, sizeof(*a));
	r->end_state = end;
	buf_init(&a->answer, ANSWER_BYTES);
	a->tool = tool_ask(r, &(struct tool_question){"GET", "/status", NULL}, NULL, e);
	if (!a->tool)
		return -1;
	tool_wait(r, a->tool);
	return req_wait(r, r->id, KERNEL_MS, go_on);
}

const struct endpoint notebooks_kernel = {
	.about = "Looking wakes nothing and does not keep it awake.",
	.replies = REPLIES({200, "kernel is running (a cell is executed), idle, none, or saved (it "
	    "sleeps in it); connections counts the browsers that have it open; memory_bytes is of "
	    "all that runs in the sandbox; last_death and packages_error are words or null.",
	    "{\"kernel\":\"idle\",\"connections\":1,\"memory_bytes\":179810304,\"kernel_deaths\":0,"
	    "\"last_death\":null,\"packages_error\":null}", NULL}),
	.run = run,
};
