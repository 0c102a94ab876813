/*
 * Golden sandboxes with real runsc: golden_test [list | name …]
 *
 * The app's is of the real image; the notebook's is fake_notebook.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/golden.h"
#include "notebook.h"

#define RUN "/run/carrel"

static char vite[ID_SIZE], marimo[ID_SIZE];

static struct launch_msg
app_msg(uint32_t verb, const char *id, const char *image, const char *from, uint32_t pids)
{
	struct launch_msg m = {.version = LAUNCH_VERSION, .verb = verb, .tag = app_tag(),
	    .template_name = "vite", .epoch = 7, .memory_mb = MEMORY_MB, .cpu_percent = 200,
	    .pids = pids};

	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.image, sizeof(m.image), "%s", image);
	snprintf(m.from, sizeof(m.from), "%s", from);
	return m;
}

static struct launch_msg
ask(struct launch_msg m)
{
	stage_put(&m);
	return stage_expect(m.verb, m.tag);
}

/* The golden sandbox of apps, booted, held and saved. */
static void
make(char image[ID_SIZE])
{
	struct launch_msg m = ask(app_msg(LAUNCH_CREATE, vite, "", "", 1024));
	int ctl_fd;
	char byte;

	if (m.result)
		FAIL("create: %d %s", m.result, m.text);
	ctl_fd = stage_ctl(vite);
	stage_state_is(ctl_fd, GUEST_READY);
	stage_frame_put(ctl_fd, GUEST_HOLD, 0, NULL);
	stage_await(ctl_fd, "the end of the control connection");
	MUST(read(ctl_fd, &byte, 1) == 0);
	close(ctl_fd);
	id_new(image);
	m = ask(app_msg(LAUNCH_SAVE, vite, image, "", 0));
	if (m.result)
		FAIL("save: %d %s", m.result, m.text);
	MUST(stage_traces_of_life(vite) == 0);
}

static void
erase(void)
{
	MUST(ask(app_msg(LAUNCH_ERASE, vite, "", "", 0)).result == 0);
	MUST(stage_traces(vite) == 0);
}

static void
clone(struct app *a, const char *image, uint32_t pids)
{
	struct launch_msg m;
	int64_t t = stage_now_us();

	id_new(a->id);
	m = ask(app_msg(LAUNCH_CREATE, a->id, image, vite, pids));
	if (m.result)
		FAIL("clone: %d %s", m.result, m.text);
	a->pid = m.pid;
	a->ctl_fd = stage_ctl(a->id);
	MUST(stage_state(a->ctl_fd).state == GUEST_READY);
	printf("    a clone answers after %.0f ms\n", (double)(stage_now_us() - t) / 1000);
}

static void
put_name(const struct app *a, const char *name)
{
	char code[200];

	snprintf(code, sizeof(code),
	    "export default function LLMComponent() { return <p>%s</p> }\n", name);
	app_must_apply(a, code, "\"ok\":true");
	app_must_get(a, "/src/LLMComponent.tsx", name);
}

/* What the server itself draws next, which only its debugger can tell from outside. */
static void
draw(const struct app *a, const char *expression, char *out, size_t size)
{
	char line[1200];

	snprintf(line, sizeof(line), "for p in /proc/[0-9]*; do read c < $p/comm; "
	    "[ $c = node ] && kill -USR1 ${p#/proc/}; done; "
	    "node --experimental-websocket -e '(async () => { let list; "
	    "while (!list) list = await fetch(\"http://127.0.0.1:9229/json/list\")"
	    ".then((r) => r.json(), () => null); "
	    "const ws = new WebSocket(list[0].webSocketDebuggerUrl); "
	    "ws.onopen = () => ws.send(JSON.stringify({id: 1, method: \"Runtime.evaluate\", "
	    "params: {expression: `%s`}})); "
	    "ws.onmessage = ({data}) => { console.log(JSON.parse(data).result.result.value); "
	    "process.exit() } })()'", expression);
	if (stage_exec(a->id, WORKLOAD_UID, line, out, size) != 0 || !out[0])
		FAIL("`%s` inside said \"%s\"", line, out);
}

static void
must_differ(const struct app *a, const struct app *b, const char *expression)
{
	char one[8192], other[8192];

	draw(a, expression, one, sizeof(one));
	draw(b, expression, other, sizeof(other));
	if (strcmp(one, other) == 0)
		FAIL("%s is %s in both", expression, one);
}

/* Two of one: each is its own, also in what it draws by chance and in what it may have. */
static void
test_clones(void)
{
	char image[ID_SIZE], path[100];
	struct launch_msg m;
	struct app a, b;

	make(image);
	m = ask(app_msg(LAUNCH_FIND, vite, "", "", 0));
	MUST(m.result == 0 && strcmp(m.image, image) == 0);
	clone(&a, image, PIDS);
	clone(&b, image, 100);
	/* Until it has a version, it is nobody's. */
	snprintf(path, sizeof(path), RUN "/sb/%s/app.sock", a.id);
	MUST(access(path, F_OK) < 0);
	put_name(&a, "this one");
	put_name(&b, "the other");
	app_must_get(&a, "/src/LLMComponent.tsx", "this one");
	app_inside(&a, "hostname", a.id);
	app_inside(&b, "hostname", b.id);
	app_inside(&a, "grep processes /proc/2/limits", " 108 ");
	app_inside(&b, "grep processes /proc/2/limits", " 30 ");
	must_differ(&a, &b, "process.getBuiltinModule(\"crypto\").randomBytes(16).toString(\"hex\")");
	must_differ(&a, &b, "process.getBuiltinModule(\"crypto\").randomUUID()");
	must_differ(&a, &b, "crypto.getRandomValues(new Uint32Array(4)).join()");
	/* Its server may die like any other's. */
	app_kill_node(&a);
	stage_state_is(a.ctl_fd, GUEST_RESTARTING);
	app_must_get(&a, "/", "HTTP/1.1 200");
	app_close(&a);
	/* What it comes from outlives it, and the one that was made last is found. */
	clone(&a, image, PIDS);
	put_name(&a, "a third one");
	app_close(&a);
	app_close(&b);
	erase();
}

static void
test_refusals(void)
{
	char image[ID_SIZE], id[ID_SIZE];
	struct launch_msg m;

	id_new(id);
	id_new(image);
	MUST(ask(app_msg(LAUNCH_FIND, vite, "", "", 0)).result == -ENOENT);
	MUST(ask(app_msg(LAUNCH_FIND, id, "", "", 0)).result == -EINVAL);
	MUST(ask(app_msg(LAUNCH_FIND, marimo, "", "", 0)).result == -EINVAL);
	MUST(ask(app_msg(LAUNCH_CREATE, id, image, vite, PIDS)).result == -ENOENT);
	MUST(ask(app_msg(LAUNCH_CREATE, id, image, marimo, PIDS)).result == -EINVAL);
	MUST(ask(app_msg(LAUNCH_CREATE, id, image, id, PIDS)).result == -EINVAL);
	MUST(ask(app_msg(LAUNCH_CREATE, id, "", vite, PIDS)).result == -EINVAL);
	m = app_msg(LAUNCH_FIND, vite, "", "", 0);
	memset(m.from, 'a', sizeof(m.from));
	MUST(ask(m).result == -EINVAL);
	MUST(stage_traces(id) == 0);
}

static void
spoil(const char *image, const char *command)
{
	char line[400];

	snprintf(line, sizeof(line), "cd " RUN "/snapshot/%s/%s && %s", vite, image, command);
	MUST(system(line) == 0);
}

/* One that is cut, or was made of something else, makes no clone, and says why. */
static void
test_bad_images(void)
{
	static const struct {
		const char *command;
		bool is_found;	/* only the attempt shows that it is of no use */
	} spoilers[] = {
		{"mkdir ../whole && cp -a . ../whole && truncate -s 100000 pages.img", true},
		{"cp -a ../whole/. . && truncate -s 1000 checkpoint.img", true},
		{"cp -a ../whole/. . && dd if=/dev/urandom of=checkpoint.img bs=4096 seek=8 count=4 "
		    "conv=notrunc 2>/dev/null", true},
		{"cp -a ../whole/. . && rm pages_meta.img", true},
		{"cp -a ../whole/. . && sed -i 1s,/vite/,/other/, fits", false},
		{"cp -a ../whole/. . && sed -i 2s/$/0/ fits", false},
		{"cp -a ../whole/. . && sed -i 3s/$/0/ fits", false},
		{"cp -a ../whole/. . && : >fits", false},
	};
	char image[ID_SIZE];
	struct launch_msg m;
	struct app a;

	make(image);
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		spoil(image, spoilers[i].command);
		m = ask(app_msg(LAUNCH_FIND, vite, "", "", 0));
		MUST(m.result == (spoilers[i].is_found ? 0 : -ENOENT));
		id_new(a.id);
		m = ask(app_msg(LAUNCH_CREATE, a.id, image, vite, PIDS));
		if (m.result >= 0 || !m.text[0])
			FAIL("%s: %d %s", spoilers[i].command, m.result, m.text);
		printf("    %.110s\n", m.text);
		MUST(stage_traces_of_life(a.id) == 0);
	}
	/* Nothing of that is in the way of a start from nothing. */
	app_open(&a);
	app_close(&a);
	erase();
}

/* launch is killed at many points of a clone's start. */
static void
test_launch_killed(void)
{
	char image[ID_SIZE];
	unsigned lived = 0;
	struct app a;
	bool is_in;

	make(image);
	for (unsigned i = 0; i < 14; i++) {
		struct launch_msg m;
		int64_t until;

		id_new(a.id);
		m = app_msg(LAUNCH_CREATE, a.id, image, vite, PIDS);
		stage_put(&m);
		for (until = stage_now_us() + 20000 * i; stage_now_us() < until;)
			;
		stage_launch_kill();
		stage_launch_start();
		stage_listed(a.id, &is_in);
		lived += is_in;
		MUST(app_kill(a.id) == 0);
		MUST(stage_traces(a.id) == 0);
	}
	clone(&a, image, PIDS);
	put_name(&a, "still there");
	app_close(&a);
	erase();
	printf("    of 14 clones %u were there afterwards\n", lived);
}

/* A notebook's clone has files of its own, over which the golden one's process goes on: once
 * they are there it is told so, and nobody is let in before that. */
static void
test_volume(void)
{
	struct notebook golden = {.ctl_fd = -1}, n = {.ctl_fd = -1};
	char image[ID_SIZE], own[ID_SIZE], path[100];
	struct launch_msg m;

	id_new(image);
	memcpy(golden.id, marimo, ID_SIZE);
	notebook_wake(&golden, "");
	notebook_apply(&golden, "notebook.py", "nobody's", "{\"ok\":true}");
	stage_state_is(golden.ctl_fd, GUEST_READY);
	notebook_must_say(&golden, "app", "count", "1");
	notebook_hold(&golden);
	notebook_must(LAUNCH_SAVE, golden.id, image, 0);
	notebook_must(LAUNCH_UNMOUNT, golden.id, "", 0);
	for (int i = 0; i < 2; i++) {
		id_new(n.id);
		m = notebook_msg(LAUNCH_CREATE, n.id, image);
		memcpy(m.from, marimo, ID_SIZE);
		m = ask(m);
		if (m.result)
			FAIL("clone: %d %s", m.result, m.text);
		n.ctl_fd = stage_ctl(n.id);
		MUST(stage_state(n.ctl_fd).state == GUEST_STARTING);
		snprintf(path, sizeof(path), RUN "/sb/%s/app.sock", n.id);
		MUST(access(path, F_OK) < 0);
		notebook_apply(&n, "notebook.py", "first", "{\"ok\":true}");
		MUST(stage_state_is(n.ctl_fd, GUEST_READY).restarts == 0);
		notebook_must_say(&n, "app", "count", "1");
		notebook_inside(&n, "cat /work/notebook.py", "first");
		/* Its own checkpoint is no clone: it goes on as it was. */
		notebook_hold(&n);
		id_new(own);
		notebook_must(LAUNCH_SAVE, n.id, own, 0);
		notebook_wake(&n, own);
		notebook_must_say(&n, "app", "count", "2");
		notebook_inside(&n, "touch /work/mine && ls /work | wc -l", "2");
		notebook_close(&n);
	}
	notebook_close(&golden);
}

static const struct stage_test tests[] = {
	{"clones", test_clones},
	{"refusals", test_refusals},
	{"bad_images", test_bad_images},
	{"launch_killed", test_launch_killed},
	{"volume", test_volume},
};

static void
begin(void)
{
	golden_id("vite", vite);
	golden_id("marimo", marimo);
	notebook_image();
}

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), begin);
}
