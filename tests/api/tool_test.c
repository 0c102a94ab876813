/*
 * What passes through the gate to a notebook's tools and back, as plain CGI: /export, /kernel
 * and cells of the assistant.
 */
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/sandbox.h"
#include "tool_kit.h"

static void
documents_have_a_name(void **state)
{
	static const struct {
		const char *format, *type, *name;
	} cases[] = {
		{"html", "text/html; charset=utf-8", "gr-te-sales-2026.html"},
		{"ipynb", "application/x-ipynb+json", "gr-te-sales-2026.ipynb"},
		{"script", "text/x-python; charset=utf-8", "gr-te-sales-2026.py"},
		{"markdown", "text/markdown; charset=utf-8", "gr-te-sales-2026.md"},
	};
	AUTO_REPLY struct lab_reply none = lab_get(uri("/export/pdf")), head = {0};

	(void)state;
	lab_is_error(&none, 404, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = lab_start(&(struct lab_ask){.method = "GET",
		    .uri = uri(arena_fmt(&lab_arena, "/export/%s", cases[i].format))});
		const char *question;
		int fd = hear_question("\r\n\r\n", &question);
		AUTO_REPLY struct lab_reply r = {0};

		assert_int_equal(strncmp(question, arena_fmt(&lab_arena, "GET /export/%s HTTP/1.1\r\n",
		    cases[i].format), strlen(cases[i].format) + 23), 0);
		/* What the sandbox says of type and name is its own affair. */
		say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/x-evil\r\nContent-Length: 5\r\n"
		    "Content-Disposition: inline\r\nSet-Cookie: a=b\r\n\r\nWords");
		close(fd);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body, "Words");
		assert_string_equal(lab_header(&r, "Content-Type"), cases[i].type);
		assert_string_equal(lab_header(&r, "Content-Length"), "5");
		assert_string_equal(lab_header(&r, "Content-Disposition"),
		    arena_fmt(&lab_arena, "attachment; filename=\"%s\"", cases[i].name));
		assert_null(lab_header(&r, "Set-Cookie"));
	}
	head = lab_send(&(struct lab_ask){.method = "HEAD", .uri = uri("/export/html")});
	assert_int_equal(head.status, 200);
}

static void
set_state(const char *state)
{
	struct err e;

	assert_int_equal(db_begin(lab_db, &e), 0);
	if (strcmp(state, "running") == 0)
		assert_int_equal(sandbox_set_running(lab_db, notebook, clock_wall_ms(), &e), 0);
	else
		assert_int_equal(sandbox_set_ended(lab_db, notebook, state, "", 0,
		    clock_wall_ms(), &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
}

static void
the_kernel_is_told_in_known_words(void **state)
{
	static const struct {
		const char *answer, *kernel;
		int64_t connections;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n"
		    "{\"kernel\":\"running\",\"connections\":2}\n", "running", 2},
		{"HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n"
		    "{\"kernel\":\"evil\",\"other\":\"words\"}", "none", 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nno JSON", "none", 0},
		{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", "none", 0},
		{"", "none", 0},
	};
	AUTO_REPLY struct lab_reply asleep = {0};

	(void)state;
	set_state("running");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = lab_start(&(struct lab_ask){.method = "GET",
		    .uri = uri("/kernel")});
		const char *question;
		int fd = hear_question("\r\n\r\n", &question);
		AUTO_REPLY struct lab_reply r = {0};

		assert_int_equal(strncmp(question, "GET /status HTTP/1.1\r\n", 22), 0);
		say(fd, cases[i].answer);
		close(fd);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		assert_string_equal(json_get_text(r.json, "kernel"), cases[i].kernel);
		assert_int_equal(json_get_int(r.json, "connections", -1), cases[i].connections);
		assert_null(json_get(r.json, "other"));
	}
	/* Nobody is asked where nothing runs. */
	set_state("absent");
	asleep = lab_get(uri("/kernel"));
	assert_int_equal(asleep.status, 200);
	assert_string_equal(json_get_text(asleep.json, "kernel"), "none");
}

/* A cell of the assistant that was proposed. */
static const char *
propose(void)
{
	static const struct assist_tokens none;
	struct assist a = {.kind = "cell", .caller = "local", .prompt = "x",
	    .tokens_max = 1000, .created_at = clock_wall_ms()};
	char id[ID_SIZE];
	struct err e;

	memcpy(a.workspace, notebook, ID_SIZE);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(assist_ask(lab_db, &a, id, &e), 0);
	assert_int_equal(assist_start(lab_db, id, "sample", 1, &e), 0);
	assert_int_equal(assist_finish(lab_db, id, "1 + 1\n\"ü\"", "", &none, 2, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	return uri(arena_fmt(&lab_arena, "/assists/%s/accept", id));
}

static struct lab_reply
accept_with(const char *address, const char *json, const char *reply, const char *asked)
{
	struct lab_running run = lab_start(&(struct lab_ask){.method = "POST", .uri = address,
	    .type = JSON, .body = json});
	const char *question;
	int fd = hear_question("}", &question);

	assert_int_equal(strncmp(question, "POST /cell HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(question, "\r\nX-Carrel-Ticket: "));
	assert_string_equal(strstr(question, "\r\n\r\n") + 4, asked);
	say(fd, reply);
	close(fd);
	return lab_finish(&run);
}

static void
a_proposal_is_put_in(void **state)
{
	const char *address = propose();
	struct lab_reply r;

	(void)state;
	r = accept_with(address, "{\"run\":\"yes\"}", "HTTP/1.1 200 OK\r\nContent-Length: "
	    "15\r\n\r\n{\"cell\":\"Kclp\"}", "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":true}");
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(r.json, "status"), "added");
	assert_string_equal(json_get_text(r.json, "cell"), "Kclp");
	lab_free(&r);
	r = accept_with(address, "{\"code\":\"2\",\"after\":\"Hbol\"}",
	    "HTTP/1.1 404 No\r\nContent-Length: 51\r\n\r\n"
	    "{\"detail\":\"There is no such cell.\",\"field\":\"after\"}",
	    "{\"code\":\"2\",\"run\":false,\"after\":\"Hbol\"}");
	lab_is_error(&r, 404, "after");
	lab_free(&r);
	r = accept_with(address, "{}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
	    "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":false}");
	lab_is_error(&r, 502, NULL);
	lab_free(&r);
	r = accept_with(address, "{}", "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"cell\"",
	    "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":false}");
	lab_is_error(&r, 502, NULL);
	lab_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_have_a_name),
		cmocka_unit_test(the_kernel_is_told_in_known_words),
		cmocka_unit_test(a_proposal_is_put_in),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
