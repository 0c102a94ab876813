#ifndef AUTHOR_KIT_H
#define AUTHOR_KIT_H
/*
 * The surroundings of a whole author for its tests: a store, a bell and a progress folder of
 * its own (in a mount namespace), the fake model services of tests/fake, and jobs as the API
 * would ask them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runner/author/author.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/guard/promise.h"
#include "../../shared/store/workspace.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"

#define WAIT_MS 30000
#define ALIVE "/run/carrel/alive/author"
#define ENTRY "src/LLMComponent.tsx"

/* No test file needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

static struct db *db;
static struct arena arena;
static pid_t models_pid, author_pid;
static int models_port, bell_fd;
static struct sigaction on_fault, on_abort;	/* as they were before the framework's */

const char *__lsan_default_suppressions(void);

/* conf.c keeps every text it ever read, on purpose. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:set_value";
}

/* ---- the surroundings ---- */

static void
must(int result, const struct err *e)
{
	if (result < 0)
		fail_msg("%s", e->text);
}

/* Starts a program of tests/fake, and waits for its first line. */
static pid_t
start_fake(const char *script, const char *first, const char *second, char line[32])
{
	int ends[2];
	pid_t pid;

	memset(line, 0, 32);
	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], 1);
		execlp("node", "node", script, first, second, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	assert_true(read(ends[0], line, 31) > 0);
	close(ends[0]);
	return pid;
}

static void
start_models(void)
{
	char line[32];

	models_pid = start_fake("tests/fake/models.mjs", "--port", "0", line);
	models_port = atoi(line);
	assert_true(models_port > 0);
}

/* The settings of an author.  how: "anthropic", "openai" (whose models it must list
 * first), "sample", or a kind of trouble: "gone" is a service whose port nobody listens
 * on. */
static void
set_environment(const char *how)
{
	bool is_openai = strcmp(how, "openai") == 0 || strcmp(how, "old server") == 0;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s",
	    strcmp(how, "gone") ? models_port : 1, is_openai ? "/v1" : "");
	setenv("CARREL_SEALED", "1", 1);
	setenv("CARREL_MODEL_TIMEOUT", "6", 1);
	if (is_openai) {
		setenv("OPENAI_API_KEY", "test-key-0123456789", 1);
		setenv("OPENAI_BASE_URL", url, 1);
	} else if (strcmp(how, "sample") != 0) {
		setenv("ANTHROPIC_API_KEY", strcmp(how, "wrong key") ?
		    "test-key-0123456789" : "wrong-key-0123456789", 1);
		setenv("ANTHROPIC_BASE_URL", url, 1);
	}
	if (strcmp(how, "old server") == 0)
		setenv("CARREL_MODEL", "openai/old-local", 1);
}

static void
drain_bell(int ms)
{
	struct pollfd p = {.fd = bell_fd, .events = POLLIN};
	char id[ID_SIZE];

	poll(&p, 1, ms);
	while (bell_read(bell_fd, id))
		;
}

static void
wait_file(const char *path)
{
	int64_t until = clock_boot_ms() + WAIT_MS;

	while (access(path, F_OK) < 0) {
		if (clock_boot_ms() > until)
			fail_msg("%s does not come", path);
		drain_bell(10);
	}
}

/* As main.c does, and strictly: any call beyond the promise ends it.  (The leak check of
 * the sanitizers needs calls that nothing else may have.) */
static int
keep_promise(struct err *e)
{
#ifdef __SANITIZE_ADDRESS__
	(void)e;
	return 0;
#else
	setenv("CARREL_TEST_STRICT", "1", 1);
	return promise(PROMISE_THREADS | PROMISE_INET, e);
#endif
}

static void
start_author(const char *how)
{
	static struct author a;	/* its settings live as long as the process */
	struct err e;

	assert_int_equal(author_pid, 0);
	unlink(ALIVE);
	author_pid = fork();
	if (author_pid > 0) {
		wait_file(ALIVE);	/* from then on it hears the bell */
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The framework's handlers would have the child run on in the parent's tests. */
	sigaction(SIGSEGV, &on_fault, NULL);
	sigaction(SIGABRT, &on_abort, NULL);
	set_environment(how);
	log_open("author", true);
	if (author_open(&a, &e) < 0 || keep_promise(&e) < 0) {
		log_error("%s", e.text);
		_exit(1);
	}
	author_run(&a);
	author_close(&a);
	exit(0);	/* not _exit: the leak check runs here */
}

/* SIGTERM must end it cleanly, SIGKILL at all. */
static void
stop_author(int sig)
{
	int status;

	kill(author_pid, sig);
	assert_int_equal(waitpid(author_pid, &status, 0), author_pid);
	author_pid = 0;
	if (sig == SIGTERM)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
copy_tree(const char *from, const char *to)
{
	char command[300];

	snprintf(command, sizeof(command), "cp -r %s %s", from, to);
	assert_int_equal(system(command), 0);
}

static int
set_up(void **state)
{
	static const char *const folders[] = {"/run/carrel/var", "/run/carrel/bell",
	    "/run/carrel/progress", "/run/carrel/build/www", "/run/carrel/alive"};
	struct err e;

	(void)state;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE,
	    NULL) < 0 || mount("run", "/run", "tmpfs", 0, NULL) < 0) {
		fprintf(stderr, "needs root: %s\n", strerror(errno));
		return -1;
	}
	for (size_t i = 0; i < COUNT(folders); i++)
		must(file_mkdirs(folders[i], 0770, &e), &e);
	copy_tree("www/sandbox/vite/packages.txt", "/run/carrel/build/www/packages.txt");
	copy_tree("www/sample", "/run/carrel/build/www/sample");
	log_open("test", false);
	must(db_migrate(NULL, &e), &e);
	must(db_make_lock(DB_LOCK, &e), &e);
	db = db_open(NULL, &e);
	assert_non_null(db);
	bell_fd = bell_open(NULL, "test", &e);
	must(bell_fd, &e);
	start_models();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	kill(models_pid, SIGTERM);
	waitpid(models_pid, NULL, 0);
	arena_free(&arena);
	db_close(db);
	return 0;
}

/* ---- jobs ---- */

static const char *
new_workspace(void)
{
	struct workspace w = {.kind = "app", .title = "A test", .owner = "local",
	    .created_at = clock_wall_ms()};
	struct err e;

	id_new(w.id);
	must(db_begin(db, &e), &e);
	must(workspace_add(db, &w, &e), &e);
	must(db_commit(db, &e), &e);
	return arena_dup(&arena, w.id);
}

static const char *
ask_with(const char *workspace, const char *prompt, const struct job_image *image)
{
	char id[ID_SIZE];
	struct err e;

	must(db_begin(db, &e), &e);
	must(job_ask_write(db, workspace, "local", prompt, image, clock_wall_ms(), id,
	    &e), &e);
	must(db_commit(db, &e), &e);
	bell_ring(NULL, id);
	return arena_dup(&arena, id);
}

static const char *
ask_job(const char *workspace, const char *prompt)
{
	return ask_with(workspace, prompt, NULL);
}

static struct job
look(const char *id)
{
	struct job j;
	struct err e;

	must(job_get(db, id, &arena, &j, &e), &e);
	return j;
}

static struct job
wait_while(const char *id, const char *state, const char *other)
{
	int64_t until = clock_boot_ms() + WAIT_MS;
	struct job j;

	for (j = look(id); strcmp(j.state, state) == 0 || strcmp(j.state, other) == 0;
	    j = look(id)) {
		if (clock_boot_ms() > until)
			fail_msg("job %s is %s for too long", id, j.state);
		drain_bell(100);
	}
	return j;
}

static struct job
wait_done(const char *id)
{
	return wait_while(id, "queued", "writing");
}

static const char *
candidate_text(const char *id, const char *path)
{
	const struct source_file *f;
	struct source s;
	struct err e;

	must(candidate_get(db, id, &arena, &s, &e), &e);
	f = source_find(&s, path);
	return f ? f->text : NULL;
}

/* What keep does with a good one. */
static void
accept_job(const char *id)
{
	int64_t n;
	struct err e;

	must(db_begin(db, &e), &e);
	must(job_accept(db, id, clock_wall_ms(), &n, &e), &e);
	must(db_commit(db, &e), &e);
}

static const char *
progress_text(const char *id)
{
	AUTO_BUF struct buf text = {0};
	char path[100];
	struct err e;

	buf_init(&text, PROGRESS_BYTES);
	snprintf(path, sizeof(path), "%s/%s", PROGRESS_DIR, id);
	must(file_read(path, &text, &e), &e);
	return arena_dup(&arena, text.at);
}

static void
wait_progress(const char *id, const char *word)
{
	int64_t until = clock_boot_ms() + WAIT_MS;
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", PROGRESS_DIR, id);
	while (access(path, F_OK) < 0 || !strstr(progress_text(id), word)) {
		if (clock_boot_ms() > until)
			fail_msg("no \"%s\" in the progress", word);
		drain_bell(50);
	}
}

static void
expect_good(const char *prompt, const char *what)
{
	struct job j = wait_done(ask_job(new_workspace(), prompt));

	if (strcmp(j.state, "judging") != 0)
		fail_msg("%s: %s: %s %s", prompt, j.state, j.error_kind, j.error_text);
	assert_non_null(strstr(candidate_text(j.id, ENTRY), what));
	assert_null(strstr(progress_text(j.id), "event: done"));
	assert_true(j.output_tokens > 0);
	accept_job(j.id);
}

static void
expect_bad(const char *words, const char *kind, const char *word)
{
	static int number;	/* the fakes count how often they saw the same prompt */
	const char *prompt = arena_fmt(&arena, "%s number %d", words, ++number), *seen;
	struct job j = wait_done(ask_job(new_workspace(), prompt));

	if (strcmp(j.state, "failed") != 0 || strcmp(j.error_kind, kind) != 0 ||
	    !strcasestr(j.error_text, word))
		fail_msg("%s: %s: %s: %s", prompt, j.state, j.error_kind, j.error_text);
	assert_null(strstr(j.error_text, "test-key"));
	assert_null(strstr(j.error_text, "127.0.0.1"));
	wait_progress(j.id, "event: done");
	seen = progress_text(j.id);
	assert_non_null(strstr(seen, "event: error"));
	assert_non_null(strstr(seen, "{\"status\":\"error\"}"));
}

static bool
on_said(void *arg, const struct net_head *h, const char *bytes, size_t n)
{
	(void)h;
	buf_add(arg, bytes, n);
	return true;
}

static struct loop *saying;

static void
on_all_said(void *arg, const struct net_head *h, enum net_end how, const char *why)
{
	(void)arg, (void)h, (void)why;
	assert_int_equal(how, NET_OK);
	loop_stop(saying);
}

/* What is said at an address; to a POST where body is not NULL. */
static const char *
say_at(const char *url, const char *socket, const char *body)
{
	AUTO_BUF struct buf text;
	struct net_request r = {.url = url, .socket = socket, .body = body,
	    .body_len = body ? strlen(body) : 0, .timeout_ms = WAIT_MS,
	    .on_bytes = on_said, .on_end = on_all_said, .arg = &text};
	struct net *net;
	struct err e;

	buf_init(&text, 32u << 20);
	saying = loop_new();
	net = net_new(saying);
	if (!net_start(net, &r, &e))
		fail_msg("%s", e.text);
	loop_run(saying);
	net_free(net);
	loop_free(saying);
	assert_false(text.is_over);
	return arena_dupn(&arena, text.at, text.len);
}

/* What the fakes of models say. */
static const char *
models_say(const char *path, const char *body)
{
	return say_at(arena_fmt(&arena, "http://127.0.0.1:%d%s", models_port, path), NULL,
	    body);
}

static void
wait_models(const char *path, const char *word)
{
	int64_t until = clock_boot_ms() + WAIT_MS;

	while (!strstr(models_say(path, NULL), word))
		if (clock_boot_ms() > until)
			fail_msg("%s never has %s", path, word);
}

/* What keep does with a bad one. */
static void
reject_job(const char *id, const char *verdict)
{
	bool is_over;
	struct err e;

	must(db_begin(db, &e), &e);
	must(job_reject(db, id, verdict, "it did not compile", clock_wall_ms(), &is_over,
	    &e), &e);
	must(db_commit(db, &e), &e);
	assert_false(is_over);
	bell_ring(NULL, id);
}

static int
end_author(void **state)
{
	(void)state;
	if (author_pid)
		stop_author(SIGKILL);
	return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, end_author)

/* In main: the tests, or those that the first argument names. */
#define RUN(tests, argc, argv) __extension__({ \
	sigaction(SIGSEGV, NULL, &on_fault); \
	sigaction(SIGABRT, NULL, &on_abort); \
	if ((argc) > 1) \
		cmocka_set_test_filter((argv)[1]); \
	cmocka_run_group_tests(tests, set_up, tear_down); \
})

#endif
