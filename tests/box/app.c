#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "app.h"

uint64_t
app_tag(void)
{
	static uint64_t tag = 100;

	return ++tag;
}

void
app_create(struct app *a, uint32_t memory_mb, uint32_t pids)
{
	struct launch_msg m;
	uint64_t tag = app_tag();

	id_new(a->id);
	stage_create(tag, a->id, memory_mb, pids);
	m = stage_expect(LAUNCH_CREATE, tag);
	if (m.result)
		FAIL("create: %d %s", m.result, m.text);
	MUST(m.pid > 1 && kill(m.pid, 0) == 0);
	a->pid = m.pid;
	a->ctl_fd = stage_ctl(a->id);
}

/* Nobody can use it before its first good version: what the image holds is nobody's app. */
void
app_open(struct app *a)
{
	char path[100];

	app_create(a, MEMORY_MB, PIDS);
	stage_state_is(a->ctl_fd, GUEST_READY);
	snprintf(path, sizeof(path), "/run/carrel/sb/%s/app.sock", a->id);
	MUST(access(path, F_OK) < 0);
	app_must_apply(a, "export default function LLMComponent( {\n", "\"ok\":false");
	MUST(access(path, F_OK) < 0);
	app_must_apply(a, "export default function LLMComponent() { return <p>first</p> }\n",
	    "\"ok\":true");
	MUST(access(path, F_OK) == 0);
}

int
app_kill(const char *id)
{
	uint64_t tag = app_tag();

	stage_send(LAUNCH_KILL, tag, id);
	return stage_expect(LAUNCH_KILL, tag).result;
}

void
app_close(struct app *a)
{
	uint64_t tag = app_tag();
	struct launch_msg m;

	close(a->ctl_fd);
	stage_send(LAUNCH_KILL, tag, a->id);
	m = stage_expect(LAUNCH_KILL, tag);
	MUST(m.result == 0 && m.memory_peak_bytes > 1 << 20);
	MUST(stage_traces(a->id) == 0);
}

int
app_stat(const char *id, struct launch_msg *m)
{
	uint64_t tag = app_tag();

	stage_send(LAUNCH_STAT, tag, id);
	*m = stage_expect(LAUNCH_STAT, tag);
	return m->result;
}

/* Runs a line inside as the workload; its output must hold what is expected. */
void
app_inside(const struct app *a, const char *line, const char *expected)
{
	char out[8192];

	stage_exec(a->id, WORKLOAD_UID, line, out, sizeof(out));
	if (!strstr(out, expected))
		FAIL("`%s` inside said \"%s\", not \"%s\"", line, out, expected);
}

void
app_must_apply(const struct app *a, const char *code, const char *expected)
{
	AUTO_BUF struct buf tree = {0};
	AUTO_FREE char *json;

	stage_tree(&tree, "src/LLMComponent.tsx", code, NULL);
	json = stage_apply(a->ctl_fd, app_tag(), &tree);
	if (!strstr(json, expected))
		FAIL("the verdict is %s, without %s", json, expected);
}

void
app_must_get(const struct app *a, const char *path, const char *expected)
{
	AUTO_FREE char *answer = stage_get(a->id, path);

	if (!strstr(answer, expected))
		FAIL("GET %s said \"%.300s\", without \"%s\"", path, answer, expected);
}

void
app_kill_node(const struct app *a)
{
	app_inside(a, "for p in /proc/[0-9]*; do n=${p#/proc/}; read c < $p/comm; "
	    "[ $c = node ] && kill -9 $n && echo killed; done", "killed");
}
