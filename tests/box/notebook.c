#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"
#define FAKE RUN "/fake"
#define ROOT FAKE "/image/marimo/1/rootfs"

void
notebook_image(void)
{
	static const char *const folders[] = {FAKE "/work", FAKE "/up/opt/marimo/bin",
	    FAKE "/up/opt/carrel", FAKE "/image/marimo/1/rootfs", FAKE "/image/vite"};
	const char *program = getenv("CARREL_TEST_FAKE");
	char real[PATH_MAX], options[2 * PATH_MAX], command[2 * PATH_MAX];
	struct err e;

	for (size_t i = 0; i < COUNT(folders); i++)
		MUST(file_mkdirs(folders[i], 0755, &e) == 0);
	MUST(realpath(RUN "/build/image/vite/current/rootfs", real));
	snprintf(command, sizeof(command), "cp '%s' " FAKE "/up/opt/marimo/bin/python && "
	    ": >" FAKE "/up/opt/carrel/serve.py",
	    program ? program : RUN "/build/test-box/fake_notebook");
	MUST(system(command) == 0);
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=" FAKE "/up,workdir=" FAKE
	    "/work", real);
	MUST(symlink("1", FAKE "/image/marimo/current") == 0);
	MUST(mount(RUN "/build/image/vite", FAKE "/image/vite", NULL, MS_BIND, NULL) == 0);
	MUST(mount("root", ROOT, "overlay", 0, options) == 0);
	MUST(mount(FAKE "/image", RUN "/build/image", NULL, MS_BIND | MS_REC, NULL) == 0);
}

static struct launch_msg
message(uint32_t verb, uint64_t tag, const char *id, const char *image)
{
	struct launch_msg m = {.version = LAUNCH_VERSION, .verb = verb, .tag = tag,
	    .template_name = "marimo", .epoch = 3, .memory_mb = 320, .cpu_percent = 200,
	    .pids = PIDS, .disk_mb = DISK_MB, .disk_files = DISK_FILES};

	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.image, sizeof(m.image), "%s", image);
	return m;
}

struct launch_msg
notebook_msg(uint32_t verb, const char *id, const char *image)
{
	return message(verb, app_tag(), id, image);
}

struct launch_msg
notebook_ask(uint32_t verb, const char *id, const char *image, uint32_t flags)
{
	struct launch_msg m = message(verb, app_tag(), id, image);

	m.flags = flags;
	stage_put(&m);
	return stage_expect(verb, m.tag);
}

void
notebook_must(uint32_t verb, const char *id, const char *image, int result)
{
	struct launch_msg m = notebook_ask(verb, id, image, 0);

	if (m.result != result)
		FAIL("verb %u: %d %s, not %d", verb, m.result, m.text, result);
}

void
notebook_create_send(uint64_t tag, const char *id, const char *image)
{
	struct launch_msg m = message(LAUNCH_CREATE, tag, id, image);

	stage_put(&m);
}

struct launch_msg
notebook_create(const char *id, const char *image)
{
	return notebook_ask(LAUNCH_CREATE, id, image, 0);
}

void
notebook_wake(struct notebook *n, const char *image)
{
	struct launch_msg m = notebook_create(n->id, image);

	if (m.result)
		FAIL("create: %d %s", m.result, m.text);
	MUST(m.pid > 1 && kill(m.pid, 0) == 0);
	n->pid = m.pid;
	n->ctl_fd = stage_ctl(n->id);
	MUST(stage_state(n->ctl_fd).state == (image[0] ? GUEST_READY : GUEST_STARTING));
}

void
notebook_apply(struct notebook *n, const char *path, const char *content,
    const char *expected)
{
	AUTO_BUF struct buf tree = {0};
	struct frame f = {0};

	stage_tree(&tree, path, content, NULL);
	stage_frame_put(n->ctl_fd, GUEST_APPLY, 1, &tree);
	/* It may become ready in between. */
	do {
		free(f.payload);
		f = stage_frame_get(n->ctl_fd);
	} while (f.type == GUEST_STATE);
	MUST(f.type == GUEST_VERDICT && f.tag == 1 && f.len > 4);
	if (!strstr((char *)f.payload + 4, expected))
		FAIL("the verdict on %s is %s", path, (char *)f.payload + 4);
	free(f.payload);
}

void
notebook_open(struct notebook *n)
{
	char path[100];

	id_new(n->id);
	notebook_wake(n, "");
	snprintf(path, sizeof(path), RUN "/sb/%s/app.sock", n->id);
	MUST(access(path, F_OK) < 0);
	notebook_apply(n, "notebook.py", "first", "{\"ok\":true}");
	stage_state_is(n->ctl_fd, GUEST_READY);
}

void
notebook_hold(struct notebook *n)
{
	char byte;

	stage_frame_put(n->ctl_fd, GUEST_HOLD, 0, NULL);
	stage_await(n->ctl_fd, "the end of the control connection");
	MUST(read(n->ctl_fd, &byte, 1) == 0);
	close(n->ctl_fd);
	n->ctl_fd = -1;
}

void
notebook_kill(struct notebook *n)
{
	if (n->ctl_fd >= 0)
		close(n->ctl_fd);
	n->ctl_fd = -1;
	notebook_must(LAUNCH_KILL, n->id, "", 0);
	MUST(stage_traces_of_life(n->id) == 0);
}

void
notebook_close(struct notebook *n)
{
	notebook_kill(n);
	notebook_must(LAUNCH_ERASE, n->id, "", 0);
	MUST(stage_traces(n->id) == 0);
}

int
notebook_connect(const struct notebook *n, const char *door)
{
	char path[100];

	snprintf(path, sizeof(path), RUN "/sb/%s/%s.sock", n->id, door);
	return stage_connect(path);
}

const char *
notebook_say(const struct notebook *n, const char *door, const char *line)
{
	static char said[8192];
	AUTO_FD int fd = notebook_connect(n, door);
	size_t len = 0;
	ssize_t got;

	MUST(dprintf(fd, "%s\n", line) > 0);
	do {
		stage_await(fd, line);
		got = read(fd, said + len, sizeof(said) - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 && len + 1 < sizeof(said));
	said[len] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return said;
}

void
notebook_must_say(const struct notebook *n, const char *door, const char *line,
    const char *expected)
{
	const char *said = notebook_say(n, door, line);

	if (strcmp(said, expected) != 0)
		FAIL("\"%s\" at %s said \"%s\", not \"%s\"", line, door, said, expected);
}

void
notebook_inside(const struct notebook *n, const char *line, const char *expected)
{
	char out[8192];

	stage_exec(n->id, WORKLOAD_UID, line, out, sizeof(out));
	if (!strstr(out, expected))
		FAIL("`%s` inside said \"%s\", not \"%s\"", line, out, expected);
}

void
notebook_must_hold(const char *id, const char *name, const char *expected)
{
	AUTO_BUF struct buf text = {0};
	char path[200];
	struct err e;

	buf_init(&text, 4096);
	snprintf(path, sizeof(path), RUN "/vol/%s/%s", id, name);
	if (file_read(path, &text, &e) < 0)
		FAIL("%s", e.text);
	if (strcmp(text.at, expected) != 0)
		FAIL("%s has \"%s\", not \"%s\"", path, text.at, expected);
}

double
notebook_ms_since(int64_t begun_us)
{
	return (double)(stage_now_us() - begun_us) / 1000;
}
