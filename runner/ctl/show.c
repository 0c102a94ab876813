/* carrelctl show ID [--json] */
#include <stdio.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/job.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/text/json.h"
#include "ctl.h"

struct all {
	struct workspace w;
	struct sandbox box;
	struct version *versions;
	struct message *messages;
	int version_count, message_count;
	char url[400];
};

static int
load(struct ctl *c, struct all *a, struct err *e)
{
	if (ctl_find(c, &a->w, e) < 0 ||
	    sandbox_get(c->db, a->w.id, &c->arena, &a->box, e) < 0)
		return -1;
	a->version_count = version_list(c->db, a->w.id, &c->arena, &a->versions, e);
	a->message_count = message_list(c->db, a->w.id, &c->arena, &a->messages, e);
	conf_app_url(&c->conf, a->w.id, a->url, sizeof(a->url));
	return a->version_count < 0 || a->message_count < 0 ? -1 : 0;
}

static int
print_json(const struct all *a, struct err *e)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 64 << 20);
	json_open(&b, '{');
	json_put_text(&b, "id", a->w.id);
	json_put_text(&b, "title", a->w.title);
	json_put_text(&b, "url", a->url);
	json_put_text(&b, "owner", a->w.owner);
	json_put_text(&b, "status", workspace_status(&a->w));
	json_put_int(&b, "current", a->w.current);
	json_put_int(&b, "created_at", a->w.created_at);
	json_put_int(&b, "updated_at", a->w.updated_at);
	json_put_text(&b, "sandbox", a->box.state);
	json_put_text(&b, "sandbox_reason", a->box.reason);
	json_put_int(&b, "memory_peak", a->box.memory_peak);
	json_put_text(&b, "open_job", a->w.open_job);
	json_key(&b, "versions");
	json_open(&b, '[');
	for (int i = 0; i < a->version_count; i++) {
		json_open(&b, '{');
		json_put_int(&b, "version", a->versions[i].n);
		json_put_text(&b, "summary", a->versions[i].summary);
		json_put_text(&b, "model", a->versions[i].model);
		json_put_int(&b, "created_at", a->versions[i].created_at);
		json_close(&b, '}');
	}
	json_close(&b, ']');
	json_close(&b, '}');
	if (b.is_over)
		return err_set(e, ERR_LIMIT, "there is too much to show");
	puts(b.at);
	return 0;
}

static void
print_head(struct ctl *c, const struct all *a)
{
	char made[21], changed[21];

	clock_iso(a->w.created_at, made);
	clock_iso(a->w.updated_at, changed);
	printf("id        %s\ntitle     %s\nurl       %s\nowner     %s\nstatus    %s\n",
	    a->w.id, ctl_plain(c, a->w.title), a->url, ctl_plain(c, a->w.owner),
	    workspace_status(&a->w));
	printf(
	    "created   %s\nchanged   %s\nsandbox   %s", made, changed, ctl_state(&a->w));
	if (a->box.reason[0])
		printf(" (%s)", ctl_plain(c, a->box.reason));
	if (a->box.memory_peak)
		printf(", at most %lld MB", (long long)(a->box.memory_peak >> 20));
	printf("\n");
	if (a->w.open_job)
		printf("working   job %s\n", a->w.open_job);
}

int
cmd_show(struct ctl *c, struct err *e)
{
	struct all a;

	if (load(c, &a, e) < 0)
		return -1;
	if (c->is_json)
		return print_json(&a, e);
	print_head(c, &a);
	if (a.version_count)
		printf("\nversions\n");
	for (int i = 0; i < a.version_count; i++)
		printf("  %c %3d  %s\n", a.versions[i].n == a.w.current ? '*' : ' ',
		    (int)a.versions[i].n, ctl_plain(c, a.versions[i].summary));
	if (a.message_count)
		printf("\nhistory\n");
	for (int i = 0; i < a.message_count; i++) {
		char at[21];

		clock_iso(a.messages[i].created_at, at);
		printf("  %s  %-9s  %.300s\n", at, a.messages[i].type,
		    ctl_plain(c, a.messages[i].content));
	}
	return 0;
}
