/* carrelctl's own: the beginning of an id, text for a terminal, what doctor notices. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../runner/ctl/doctor.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"

static struct ctl c;
static struct err e;
static const char *args[2];
static char folder[64];

static void
add(const char *id, const char *title)
{
	struct workspace w = {
	    .kind = "app", .title = title, .owner = "x", .created_at = 1};

	snprintf(w.id, sizeof(w.id), "%s", id);
	assert_int_equal(db_begin(c.db, &e), 0);
	assert_int_equal(workspace_add(c.db, &w, &e), 0);
	assert_int_equal(db_commit(c.db, &e), 0);
}

static int
start(void **state)
{
	char path[96];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/carrel-ctl-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/carrel.db", folder);
	file_remove_tree(folder, &e);
	if (file_mkdirs(folder, 0700, &e) < 0 || db_migrate(path, &e) < 0)
		return -1;
	c = (struct ctl){.db = db_open(path, &e), .args = args, .count = 1};
	snprintf(c.var, sizeof(c.var), "%s", folder);
	return c.db ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	db_close(c.db);
	arena_free(&c.arena);
	return file_remove_tree(folder, &e);
}

static int
find(const char *text, struct workspace *w)
{
	args[0] = text;
	return ctl_find(&c, w, &e);
}

static void
test_find(void **state)
{
	struct workspace w;

	(void)state;
	add("abcdefghijklmnopqrstuvwxyz", "One");
	add("abcdefghijklmnopqrstuvwxy2", "Two");
	add("abcq2222222222222222222222", "Three");
	assert_int_equal(find("abcdefghijklmnopqrstuvwxyz", &w), 0);
	assert_string_equal(w.title, "One");
	assert_int_equal(find("abcq", &w), 0);
	assert_string_equal(w.title, "Three");
	assert_int_equal(find("abcd", &w), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(find("abc", &w), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(find("zzzz", &w), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	assert_int_equal(find("22222222222222222222222222", &w), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	assert_int_equal(find("", &w), -1);
}

static void
test_all_pages(void **state)
{
	struct workspace *rows;
	char id[ID_SIZE];

	(void)state;
	assert_int_equal(ctl_all(&c, &rows, &e), 0);
	for (int i = 0; i < 401; i++) {
		id_new(id);
		add(id, "app");
	}
	assert_int_equal(ctl_all(&c, &rows, &e), 401);
	assert_true(id_is_valid(rows[0].id));
	assert_true(id_is_valid(rows[400].id));
}

static void
test_plain(void **state)
{
	(void)state;
	assert_string_equal(ctl_plain(&c, "a\x1b[31mb\nc\x7f"), "a [31mb c ");
	assert_string_equal(ctl_plain(&c, "\xc2\x9b" "31m"), "  31m");
	assert_string_equal(ctl_plain(&c,
				"Gr\xc3\xbc\xc3\x9f"
				"e \xc2\xa7"),
	    "Gr\xc3\xbc\xc3\x9f"
	    "e \xc2\xa7");
	assert_string_equal(ctl_plain(&c, NULL), "");
}

static enum grade
ask(examination *run, struct finding *f)
{
	struct patient p = {.ctl = &c};

	*f = (struct finding){.grade = BAD};
	run(&p, f);
	assert_int_not_equal(f->text[0], '\0');
	return f->grade;
}

static void
test_port(void **state)
{
	struct sockaddr_in sa = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(sa);
	struct finding f;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	c.conf.host = "127.0.0.1";
	c.conf.listen = "here";
	c.conf.web = "lighttpd";
	c.conf.port = ntohs(sa.sin_port);
	assert_int_equal(ask(examine_port, &f), BAD);
	assert_non_null(strstr(f.text, "taken"));
	c.is_inside = true;
	assert_int_equal(ask(examine_port, &f), OK);
	c.is_inside = false;
	close(fd);
	assert_int_equal(ask(examine_port, &f), OK);
	c.conf.host = "no such host";
	assert_int_equal(ask(examine_port, &f), BAD);
}

static void
test_parts(void **state)
{
	struct finding f;

	(void)state;
	assert_int_equal(ask(examine_runsc, &f), BAD);
	assert_int_equal(ask(examine_image, &f), BAD);
	c.conf.web = "iis";
	assert_int_equal(ask(examine_server, &f), BAD);
	c.conf.web = "none";
	assert_int_equal(ask(examine_server, &f), OK);
	c.conf.model = c.conf.anthropic_api_key = c.conf.openai_api_key =
	    c.conf.openai_base_url = "";
	assert_int_equal(ask(examine_model, &f), WARN);
	c.conf.model = "anthropic/x";
	assert_int_equal(ask(examine_model, &f), BAD);
	c.conf.anthropic_api_key = "k";
	assert_int_equal(ask(examine_model, &f), OK);
	assert_null(strstr(f.text, "k "));
	c.conf.sandbox_memory = 1LL << 40;
	assert_int_equal(ask(examine_memory, &f), BAD);
	assert_int_equal(ask(examine_carrel, &f), WARN);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(find), T(all_pages), T(plain), T(port), T(parts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
