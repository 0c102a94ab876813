#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/wire/bell.h"
#include "lab.h"

#define RUN "/run/carrel"
#define REQUEST_MS 20000

struct db *lab_db;
struct arena lab_arena;
static const char *const *settings;

static void
must(int rc, const struct err *e, const char *what)
{
	if (rc < 0)
		fail_msg("%s: %s", what, e->text[0] ? e->text : strerror(errno));
}

/* What the page /docs is made of, by the program that makes it. */
static void
make_docs(void)
{
	const char *bin = getenv("CARREL_BIN");
	char command[600];

	snprintf(command, sizeof(command), "%s/describe docs >" RUN "/build/www/docs.json",
	    bin ? bin : "build/release/bin");
	assert_int_equal(system(command), 0);
}

static void
bind_folder(const char *from, const char *to)
{
	struct err e = {0};

	must(file_mkdirs(to, 0755, &e), &e, to);
	must(mount(from, to, NULL, MS_BIND | MS_RDONLY, NULL), &e, from);
}

void
lab_open(void)
{
	static const char *const folders[] = {RUN "/var", RUN "/bell", RUN "/progress",
	    RUN "/alive", RUN "/build/www"};
	struct err e = {0};

	must(unshare(CLONE_NEWNS), &e, "a mount namespace (run the tests as root)");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), &e, "private mounts");
	must(file_mkdirs(RUN, 0755, &e), &e, RUN);
	must(mount("lab", RUN, "tmpfs", 0, "mode=755"), &e, "tmpfs");
	for (size_t i = 0; i < COUNT(folders); i++)
		must(file_mkdirs(folders[i], 0755, &e), &e, folders[i]);
	bind_folder("www/templates", RUN "/build/www/templates");
	bind_folder("www/notebook", RUN "/build/www/notebook");
	bind_folder("www/sandbox/vite/project", RUN "/build/www/project");
	make_docs();
	must(db_make_lock(DB_LOCK, &e), &e, "lock");
	must(db_migrate(NULL, &e), &e, "migrate");
	lab_db = db_open(NULL, &e);
	assert_non_null(lab_db);
}

void
lab_close(void)
{
	db_close(lab_db);
	arena_free(&lab_arena);
}

int
lab_set_up(void **state)
{
	(void)state;
	lab_open();
	return 0;
}

int
lab_tear_down(void **state)
{
	(void)state;
	lab_close();
	return 0;
}

void
lab_settings(const char *const *s)
{
	settings = s;
}

/* A hole takes one segment, {path} all that is left. */
static bool
is_at(const char *pattern, const char *path)
{
	while (*pattern) {
		size_t n = strncmp(pattern, "{path}", 6) == 0 ? strcspn(path, "?") :
		    strcspn(path, "/?");

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		pattern += strcspn(pattern, "}") + 1;
		path += n;
	}
	return *path == '\0' || *path == '?';
}

/* As the web server's configuration has it, by routes.def. */
static const char *
plugin_of(const char *uri)
{
	static const struct {
		const char *plugin, *path;
	} routes[] = {
#define ROUTE(plugin, method, path, endpoint, who, flags, summary) {#plugin, path},
#include "../../cgi/routes.def"
#undef ROUTE
	};

	for (size_t i = 0; i < COUNT(routes); i++)
		if (is_at(routes[i].path, uri))
			return routes[i].plugin;
	if (strncmp(uri, "/workspaces", 11) == 0)
		return "notebooks";
	return strncmp(uri, "/api", 4) == 0 ? "apps" : "pages";
}

/* In the child: the request as a web server would hand it on. */
static _Noreturn void
become(const struct lab_ask *a, size_t len)
{
	const char *bin = getenv("CARREL_BIN"), *asan = getenv("ASAN_OPTIONS");
	char *env[64], path[512];
	int n = 0;

	snprintf(path, sizeof(path), "%s/%s.fcgi", bin ? bin : "build/release/bin",
	    plugin_of(a->uri));
	env[n++] = mem_dup("GATEWAY_INTERFACE=CGI/1.1");
	env[n++] = mem_dup("CARREL_SEALED=1");
	if (!getenv("LAB_IS_LOOSE"))
		env[n++] = mem_dup("CARREL_TEST_STRICT=1");
	env[n++] = arena_fmt(&lab_arena, "REQUEST_METHOD=%s", a->method);
	env[n++] = arena_fmt(&lab_arena, "REQUEST_URI=%s", a->uri);
	if (asan)
		env[n++] = arena_fmt(&lab_arena, "ASAN_OPTIONS=%s", asan);
	if (a->type)
		env[n++] = arena_fmt(&lab_arena, "CONTENT_TYPE=%s", a->type);
	if (a->body)
		env[n++] = arena_fmt(&lab_arena, "CONTENT_LENGTH=%zu", len);
	for (const char *const *s = settings; s && *s && n < 60; s++)
		env[n++] = mem_dup(*s);
	/* The later one does not count, so what a test gives goes first. */
	for (const char *const *s = a->more; s && *s && n < 60; s++)
		env[n++] = mem_dup(*s);
	env[n++] = mem_dup("HTTP_HOST=localhost:8080");
	env[n] = NULL;
	execle(path, path, (char *)NULL, env);
	fprintf(stderr, "cannot run %s\n", path);
	_exit(127);
}

struct lab_running
lab_start(const struct lab_ask *a)
{
	size_t len = a->len ? a->len : a->body ? strlen(a->body) : 0;
	FILE *in = tmpfile(), *err = tmpfile();
	struct lab_running r = {.err = dup(fileno(err))};
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(fwrite(len ? a->body : "", 1, len, in), len);
	rewind(in);
	r.pid = fork();
	if (r.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fileno(in), 0);
		dup2(out[1], 1);
		dup2(fileno(err), 2);
		become(a, len);
	}
	fclose(in);
	fclose(err);
	close(out[1]);
	r.out = out[0];
	return r;
}

static void
split(struct lab_reply *r, char *all, size_t n)
{
	char *blank = memmem(all, n, "\r\n\r\n", 4), *status;
	struct err e;

	if (!blank)
		fail_msg("no reply: %.200s; log: %s", all, r->log);
	r->head = all;
	blank[2] = '\0';
	r->body = blank + 4;
	r->len = n - (size_t)(r->body - all);
	status = strstr(all, "Status: ");
	r->status = status ? atoi(status + 8) : 0;
	r->json = json_parse(r->body, r->len, &e);
}

struct lab_reply
lab_finish(struct lab_running *run)
{
	struct lab_reply r = {0};
	struct buf all, log;
	struct pollfd p = {.fd = run->out, .events = POLLIN};
	int64_t end = clock_boot_ms() + REQUEST_MS;
	int status;

	buf_init(&all, 64u << 20);
	buf_init(&log, 1u << 20);
	for (;;) {
		int64_t left = end - clock_boot_ms();
		ssize_t got;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
			kill(run->pid, SIGKILL);
			fail_msg("no reply within %d ms", REQUEST_MS);
		}
		got = read(run->out, buf_room(&all, 65536), 65536);
		if (got <= 0)
			break;
		buf_grew(&all, (size_t)got);
	}
	close(run->out);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	lseek(run->err, 0, SEEK_SET);
	buf_grew(&log, (size_t)read(run->err, buf_room(&log, 65536), 65536));
	close(run->err);
	r.log = buf_take(&log);
	if (status != 0)
		fail_msg("the plugin ended with %x: %s", (unsigned)status, r.log);
	status = (int)all.len;
	split(&r, buf_take(&all), (size_t)status);
	return r;
}

struct lab_reply
lab_send(const struct lab_ask *a)
{
	struct lab_running r = lab_start(a);

	return lab_finish(&r);
}

struct lab_reply
lab_get(const char *uri)
{
	return lab_send(&(struct lab_ask){.method = "GET", .uri = uri});
}

struct lab_reply
lab_post(const char *uri, const char *json)
{
	return lab_send(&(struct lab_ask){.method = "POST", .uri = uri, .type = JSON,
	    .body = json});
}

void
lab_free(struct lab_reply *r)
{
	cJSON_Delete(r->json);
	free(r->head);
	free(r->log);
}

const char *
lab_header(const struct lab_reply *r, const char *name)
{
	static char value[1024];
	const char *at = r->head;
	size_t n = strlen(name);

	for (; *at; at += strcspn(at, "\n") + 1)
		if (strncasecmp(at, name, n) == 0 && at[n] == ':') {
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + n + 2, "\r"), at + n + 2);
			return value;
		}
	return NULL;
}

void
lab_is_error(const struct lab_reply *r, int status, const char *field)
{
	const char *detail = json_get_text(r->json, "detail");

	if (r->status != status)
		fail_msg("%d instead of %d: %.300s; %s", r->status, status, r->body, r->log);
	assert_string_equal(lab_header(r, "Content-Type"), JSON);
	assert_non_null(detail);
	assert_true(strlen(detail) > 5);
	if (status == 401)	/* has exactly the body that the clients of the API know */
		assert_null(json_get_text(r->json, "request_id"));
	else
		assert_string_equal(json_get_text(r->json, "request_id"),
		    lab_header(r, "X-Request-Id"));
	if (field)
		assert_string_equal(json_get_text(r->json, "field"), field);
}

const char *
lab_job(const char *app)
{
	static char id[ID_SIZE];
	struct err e = {0};

	must(job_current(lab_db, app, id, &e), &e, "current job");
	return id;
}

void
lab_work(const char *app, const char *source)
{
	struct source_file file = {"src/LLMComponent.tsx", source, strlen(source)};
	struct source s = {&file, 1};
	char job[ID_SIZE];
	struct err e = {0};
	struct job j;
	int64_t n, now = clock_wall_ms();

	memcpy(job, lab_job(app), ID_SIZE);
	must(db_begin(lab_db, &e), &e, "begin");
	must(job_get(lab_db, job, &lab_arena, &j, &e), &e, "get");
	if (strcmp(j.kind, "restore") == 0) {
		must(job_start_restore(lab_db, job, now, &e), &e, "start restore");
	} else {
		must(job_start(lab_db, job, "sample", now, &e), &e, "start");
		must(job_give_candidate(lab_db, job, &s, source, "Made as asked.", 10, 20, now, &e),
		    &e, "candidate");
	}
	must(job_accept(lab_db, job, now, &n, &e), &e, "accept");
	must(db_commit(lab_db, &e), &e, "commit");
	bell_ring(NULL, job);
}

void
lab_fail(const char *app, const char *kind, const char *text)
{
	char job[ID_SIZE];
	struct err e = {0};

	memcpy(job, lab_job(app), ID_SIZE);
	must(db_begin(lab_db, &e), &e, "begin");
	must(job_fail(lab_db, job, kind, text, 7, 0, 0, clock_wall_ms(), &e), &e, "fail");
	must(db_commit(lab_db, &e), &e, "commit");
	bell_ring(NULL, job);
}

const char *
lab_app(const char *prompt)
{
	static char id[ID_SIZE];
	char body[1000];
	struct lab_reply r;

	snprintf(body, sizeof(body), "{\"prompt\":\"%s\"}", prompt);
	r = lab_post("/api/create", body);
	if (r.status != 200)
		fail_msg("create: %d %s %s", r.status, r.body, r.log);
	memcpy(id, json_get_text(r.json, "app_id"), ID_SIZE);
	lab_free(&r);
	lab_work(id, "export default function LLMComponent() { return <p>One</p>; }\n");
	return id;
}

static int
open_jobs(const char *app)
{
	struct message *rows;
	struct err e = {0};
	int n = message_list(lab_db, app, &lab_arena, &rows, &e), open = 0;

	must(n, &e, "messages");
	for (int i = 0; i < n; i++)
		open += strcmp(rows[i].type, "user") == 0 && (strcmp(rows[i].job_state, "queued") == 0 ||
		    strcmp(rows[i].job_state, "writing") == 0);
	return open;
}

void
lab_wait_jobs(const char *app, int count)
{
	int64_t end = clock_boot_ms() + REQUEST_MS;

	while (open_jobs(app) != count) {
		if (clock_boot_ms() > end)
			fail_msg("%d open jobs, not %d", open_jobs(app), count);
		poll(NULL, 0, 5);
	}
}
