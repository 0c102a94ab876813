/*
 * POST /api/create {"prompt", "image"?, "user_id"?}
 * 200 {"app_id","status":"created"} at once; the first version follows.
 */
#include <string.h>

#include "../../shared/text/utf8.h"
#include "../lib/allow.h"
#include "../lib/once.h"
#include "apps.h"

#define TITLE_CHARS 120

struct making {
	char id[ID_SIZE], job[ID_SIZE];
	bool is_repeat;
};

/* The prompt in one line, cut between words where it is long. */
static const char *
title_of(struct req *r, const char *prompt)
{
	char *line = arena_new(&r->arena, strlen(prompt) + 1), *to = line;
	size_t n;

	for (; *prompt; prompt++) {
		bool is_space = (unsigned char)*prompt <= ' ';

		if (!is_space)
			*to++ = *prompt;
		else if (to > line && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > line && to[-1] == ' ')
		to--;
	*to = '\0';
	if (utf8_count(line) <= TITLE_CHARS)
		return line;
	n = utf8_bytes(line, TITLE_CHARS - 1);
	for (size_t i = n; i > n / 2; i--)
		if (line[i] == ' ') {
			n = i;
			break;
		}
	return arena_fmt(&r->arena, "%.*s…", (int)n, line);
}

static int
make(struct req *r, void *arg, struct err *e)
{
	struct making *m = arg;
	const char *prompt = req_text(r, "prompt");
	struct workspace w = {.kind = "app", .owner = r->caller, .title = title_of(r, prompt),
	    .user_id = req_text(r, "user_id"), .created_at = clock_wall_ms()};
	struct idempotency made;
	int found = once_find(r, "create", &made, e);

	if (found < 0)
		return -1;
	m->is_repeat = found;
	if (found) {
		memcpy(m->id, made.workspace, ID_SIZE);
		return 0;
	}
	id_new(m->id);
	memcpy(w.id, m->id, ID_SIZE);
	if (allow_creation(r, w.created_at, e) < 0 || workspace_add(r->db, &w, e) < 0 ||
	    job_ask_write(r->db, m->id, r->caller, prompt, apps_image(r), w.created_at,
	    m->job, e) < 0 ||
	    sandbox_want_awake(r->db, m->id, w.created_at, e) < 0 ||
	    apps_note(r, m->id, "create", w.created_at, e) < 0)
		return -1;
	return once_keep(r, "create", m->id, m->job, w.created_at, e);
}

static int
run(struct req *r, struct err *e)
{
	struct making m = {0};

	if (req_transaction(r, make, &m, e) < 0)
		return -1;
	if (!m.is_repeat)
		apps_ring(m.id, m.job);
	return apps_created(r, m.id);
}

const struct endpoint apps_create = {
	.about = "Answers at once with the id; the first version follows in the background. "
	    "Takes an Idempotency-Key.",
	.fields = FIELDS(
	    {"prompt", FIELD_TEXT, true, false, 1, PROMPT_MAX, "What the app should do, in your words."},
	    {"image", FIELD_IMAGE, false, false, 0, IMAGE_BYTES,
	     "A picture that goes with the prompt: PNG, JPEG, WebP or GIF."},
	    {"user_id", FIELD_TEXT, false, false, 0, 200, "Kept with the app, for your own accounting."}),
	.headers = FIELDS(HEADER_ONCE),
	.replies = REPLIES({200, "The app exists and is being built.",
	    "{\"app_id\":\"" EXAMPLE_ID "\",\"status\":\"created\"}", NULL},
	    {409, "The Idempotency-Key was used for another request.", NULL, NULL}, REPLY_QUOTA),
	.run = run,
};
