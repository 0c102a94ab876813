/* Pages: a template, and the fields that every page has. */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/workspace.h"
#include "../../shared/wire/room.h"
#include "reply.h"

/* "2 awake · 41 asleep", for the bar on top; left out where the store does not answer. */
static void
add_machine(struct req *r, cJSON *c)
{
	int64_t apps, notebooks, awake_apps, awake_notebooks, awake, all;
	cJSON *machine;

	if (!r->db || workspace_count(r->db, "app", &apps, &awake_apps, NULL) < 0 ||
	    workspace_count(r->db, "notebook", &notebooks, &awake_notebooks, NULL) < 0)
		return;
	awake = awake_apps + awake_notebooks;
	all = apps + notebooks;
	machine = cJSON_AddObjectToObject(c, "machine");
	cJSON_AddStringToObject(machine, "words", arena_fmt(&r->arena, "%lld awake · %lld asleep",
	    (long long)awake, (long long)(all - awake)));
	cJSON_AddBoolToObject(machine, "awake", awake > 0);
}

/* Why nothing new is started just now, on top of every page. */
static void
add_drain(struct req *r, cJSON *c)
{
	int64_t now = clock_wall_ms();
	struct drain d;
	char words[300];

	if (!r->db || drain_get(r->db, &d, NULL) != 1)
		return;
	drain_words(&d, now, words, sizeof(words));
	cJSON_AddStringToObject(c, "drain", words);
}

int
reply_page(struct req *r, int status, const char *template_name, cJSON *context,
    struct err *e)
{
	AUTO_JSON cJSON *c = context;

	if (!r->site->templates)
		return err_set(e, ERR_INTERNAL, "the templates are not built");
	if (!json_get(c, "machine") && r->caller[0])
		add_machine(r, c);
	if (room_now() != ROOM_PLENTY)
		cJSON_AddStringToObject(c, "banner", room_words(room_now()));
	if (r->has_session)
		cJSON_AddTrueToObject(c, "signed_in");
	add_drain(r, c);
	buf_reset(&r->out);
	if (template_render(r->site->templates, template_name, c, &r->out, e) < 0) {
		buf_reset(&r->out);
		return -1;
	}
	return reply_send(r, status, "text/html; charset=utf-8");
}

int
reply_login(struct req *r, int status, const char *next, const char *problem,
    struct err *e)
{
	cJSON *c = cJSON_CreateObject();

	cJSON_AddStringToObject(c, "page_title", "Sign in · Carrel");
	cJSON_AddStringToObject(c, "next", next);
	if (problem)
		cJSON_AddStringToObject(cJSON_AddObjectToObject(c, "problem"), "detail", problem);
	return reply_page(r, status, "login", c, e);
}

int
reply_admit(struct req *r, int status, const char *problem, struct err *e)
{
	cJSON *c = cJSON_CreateObject();

	cJSON_AddStringToObject(c, "page_title", "Admin · Carrel");
	if (problem)
		cJSON_AddStringToObject(cJSON_AddObjectToObject(c, "problem"), "detail", problem);
	return reply_page(r, status, "admin_login", c, e);
}
