/*
 * GET /health
 * 200 or 503 {"status","parts":{name:{"status","detail"}}}
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/workspace.h"
#include "../../shared/wire/alive.h"
#include "../lib/reply.h"

#define VAR "/run/carrel/var"
#define GATE "/run/carrel/gate.sock"
#define FREE_MIN_MB 256

/* One part: NULL or what is wrong with it; detail is what to say when all is well. */
struct part {
	const char *name;
	const char *(*trouble)(struct req *r, const struct part *p, const char **detail);
};

static const char *
check_store(struct req *r, const struct part *p, const char **detail)
{
	int64_t all, awake;
	struct err e;

	(void)p;
	if (workspace_count(r->db, "app", &all, &awake, &e) < 0)
		return "The store does not answer.";
	*detail = arena_fmt(&r->arena, "%lld apps, %lld awake", (long long)all, (long long)awake);
	return NULL;
}

/* A program that works touches its file every few seconds. */
static const char *
check_alive(struct req *r, const struct part *p, const char **detail)
{
	struct stat st;
	int64_t age;

	if (stat(arena_fmt(&r->arena, ALIVE_DIR "/%s", p->name), &st) < 0)
		return "It has given no sign of life yet.";
	age = clock_wall_ms() - (st.st_mtim.tv_sec * 1000LL + st.st_mtim.tv_nsec / 1000000);
	if (age > ALIVE_DEAD_MS)
		return arena_fmt(&r->arena, "It has given no sign of life for %lld s.",
		    (long long)age / 1000);
	*detail = "at work";
	return NULL;
}

static const char *
check_gate(struct req *r, const struct part *p, const char **detail)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = GATE};
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return "It takes no connections.";
	return check_alive(r, p, detail);
}

static const char *
check_disk(struct req *r, const struct part *p, const char **detail)
{
	struct statvfs st;
	unsigned long long mb;

	(void)p;
	if (statvfs(VAR, &st) < 0)
		return "The state folder cannot be seen.";
	mb = (unsigned long long)st.f_bavail * st.f_frsize >> 20;
	if (mb < FREE_MIN_MB)
		return arena_fmt(&r->arena, "Only %llu MB are free; make room.", mb);
	*detail = arena_fmt(&r->arena, "%llu MB free", mb);
	return NULL;
}

/* Draining is no illness. */
static const char *
check_drain(struct req *r, const struct part *p, const char **detail)
{
	(void)p;
	*detail = drain_get(r->db, NULL, NULL) == 1 ? "drained: nothing new is started" :
	    "things are started";
	return NULL;
}

static const char *
check_model(struct req *r, const struct part *p, const char **detail)
{
	const char *model = r->site->conf.model;

	(void)p;
	*detail = !*model ? "chosen by the author program" : strcmp(model, "sample") == 0 ?
	    "sample: no model is configured" : model;
	return NULL;
}

static int
run(struct req *r, struct err *e)
{
	static const struct part parts[] = {
		{"store", check_store}, {"keep", check_alive}, {"author", check_alive},
		{"egress", check_alive},
		{"gate", check_gate}, {"disk", check_disk}, {"drain", check_drain}, {"model", check_model},
	};
	const char *wrong[COUNT(parts)], *detail[COUNT(parts)] = {0};
	bool is_well = true;

	(void)e;
	for (size_t i = 0; i < COUNT(parts); i++) {
		wrong[i] = parts[i].trouble(r, &parts[i], &detail[i]);
		is_well &= !wrong[i];
	}
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", is_well ? "ok" : "down");
	json_key(&r->out, "parts");
	json_open(&r->out, '{');
	for (size_t i = 0; i < COUNT(parts); i++) {
		json_key(&r->out, parts[i].name);
		json_open(&r->out, '{');
		json_put_text(&r->out, "status", wrong[i] ? "down" : "ok");
		json_put_text(&r->out, "detail", wrong[i] ? wrong[i] : detail[i]);
		json_close(&r->out, '}');
	}
	json_close(&r->out, '}');
	json_close(&r->out, '}');
	return reply_json(r, is_well ? 200 : 503);
}

#define PARTS_DOWN "{\"status\":\"down\",\"parts\":{\"store\":{\"status\":\"ok\",\"detail\":" \
	"\"43 apps, 2 awake\"},\"keep\":{\"status\":\"down\",\"detail\":" \
	"\"It has given no sign of life for 31 s.\"}}}"
#define PARTS_OK "{\"status\":\"ok\",\"parts\":{\"store\":{\"status\":\"ok\",\"detail\":" \
	"\"43 apps, 2 awake\"},\"keep\":{\"status\":\"ok\",\"detail\":\"at work\"}}}"

const struct endpoint system_health = {
	.about = "Looks at each part anew: store, keep, author, gate, disk, model.",
	.replies = REPLIES({200, "All is well.", PARTS_OK, NULL},
	    {503, "A part is down.", PARTS_DOWN, NULL}),
	.run = run,
};
