/*
 * The files of notebooks, with everything among them that a hostile notebook could have put
 * there.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files_kit.h"

static void
hostile_things_are_not_followed(void **state)
{
	static const char *const names[] = {"link", "etc/passwd", "etc", "up", "fifo", "device",
	    "socket", "folder", "none", "other/work/secret", "loop", "proc"};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	AUTO_REPLY struct lab_reply list = {0}, over = {0};

	(void)state;
	put("file", "mine");
	put("../secret", "secret");
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", at("socket"));
	assert_int_equal(bind(s, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(symlink("file", at("link")) | symlink("/etc", at("etc")) |
	    symlink("../secret", at("up")) | symlink("/run/carrel/vol", at("other")) |
	    symlink("loop", at("loop")) | symlink("/proc/self/environ", at("proc")) |
	    mkfifo(at("fifo"), 0666) | mknod(at("device"), S_IFCHR | 0666, 0x0101) |
	    mkdir(at("folder"), 0755), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/download/%s/%s", id,
		    names[i]));

		lab_is_error(&r, 404, NULL);
	}
	for (size_t i = 0; i < 4; i++) {
		static const char *const folders[] = {"etc", "other", "up", "file"};
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena,
		    "/workspaces/%s/files?path=%s", id, folders[i]));

		lab_is_error(&r, 404, "path");
	}
	/* Through a link nothing is written; over one, the link itself is replaced. */
	refused(FILE_PART("etc/carrel-test", "x") END, 404, "file");
	refused(FILE_PART("link/x", "x") END, 404, "file");
	refused(FILE_PART("folder", "x") END, 409, "file");
	over = upload(FILE_PART("up", "new") FILE_PART("fifo", "plain") END, 0);
	assert_int_equal(over.status, 200);
	assert_string_equal(text_of("../secret"), "secret");
	assert_string_equal(text_of("up"), "new");
	list = lab_get(uri("/workspaces/%s/files"));
	assert_non_null(strstr(list.body, "{\"name\":\"socket\",\"type\":\"other\",\"size\":0,"));
	assert_non_null(strstr(list.body, "{\"name\":\"folder\",\"type\":\"folder\",\"size\":0,"));
	close(s);
}

static void
a_race_wins_nothing(void **state)
{
	pid_t racer;
	int status;

	(void)state;
	put("good", "good");
	racer = fork();
	if (racer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			(void)!symlink("/etc/passwd", at("swap"));
			(void)!rename(at("swap"), at("x"));
			(void)!link(at("good"), at("swap"));
			(void)!rename(at("swap"), at("x"));
		}
	}
	for (int i = 0; i < 60; i++) {
		AUTO_REPLY struct lab_reply r = lab_get(uri("/download/%s/x"));

		assert_true(r.status == 404 || (r.status == 200 && strcmp(r.body, "good") == 0));
	}
	kill(racer, SIGKILL);
	waitpid(racer, &status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hostile_things_are_not_followed),
		TEST(a_race_wins_nothing),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
