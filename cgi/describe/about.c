/* Facts of a route that follow from routes.def. */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "describe.h"

void
route_unique_name(const struct route *r, char *out, size_t size)
{
	const struct route *first = routes;

	while (strcmp(first->name, r->name) != 0)
		first++;
	snprintf(out, size, "%s%s", r->name, first == r ? "" : "_form");
}

bool
route_has_id(const struct route *r)
{
	return strstr(r->path, "{id}") != NULL;
}

bool
route_part_name(const struct route *r, char *out, size_t size)
{
	const char *at = strchr(r->path, '{');

	if (at && strncmp(at, "{id}", 4) == 0)
		at = strchr(at + 1, '{');
	if (at)
		snprintf(out, size, "%.*s", (int)strcspn(at + 1, "}"), at + 1);
	return at != NULL;
}

const struct reply_doc *
route_errors(const struct route *r)
{
	static struct reply_doc list[16];
	bool changes = r->method != GET;
	const struct {
		bool applies;
		struct reply_doc doc;
	} all[] = {
		{changes || r->endpoint->fields, {400, "A field is missing, unknown, repeated or wrong; "
		    "nothing was changed.", NULL, NULL}},
		{r->who != ANYONE, {401, r->who >= OPERATOR ? "It was not the admin who asked." :
		    r->who == WORKSPACE ? "A wrong token was sent; or API keys "
		    "are set, and neither a key nor a token was." :
		    "API keys are set, and none or a wrong one was sent.",
		    "{\"detail\":\"Invalid API key\"}", NULL}},
		{changes, {403, r->who == ADMIN ? "The admin secret is wrong, or a page of another "
		    "site asked." : "A page of another site asked.", NULL, NULL}},
		{strchr(r->path, '{') != NULL, {404, "There is nothing with this id or name.", NULL, NULL}},
		{changes, {413, "The body is too large.", NULL, NULL}},
		{changes, {415, "The body is neither JSON nor a form.", NULL, NULL}},
		{true, {421, "The request was for another host name.", NULL, NULL}},
		{r->method == POST && (r->flags & WAIT) && r->who != WORKSPACE, {429, "Too many changes "
		    "wait for this app; Retry-After says when to come back.", NULL, NULL}},
		{r->who == WORKSPACE, {429, "Too many wrong tokens were sent for this notebook; "
		    "Retry-After says when to come back.", NULL, NULL}},
		{true, {500, "Something went wrong on our side.", NULL, NULL}},
		{true, {503, r->who >= ADMIN ? "No admin secret is configured, or the machine is busy." :
		    "The machine is busy; Retry-After says when to come back.", NULL, NULL}},
	};
	int n = 0;

	for (size_t i = 0; i < COUNT(all); i++) {
		const struct reply_doc *own = r->endpoint->replies;

		while (own && own->status && own->status != all[i].doc.status)
			own++;
		if (all[i].applies && (!own || !own->status))
			list[n++] = all[i].doc;
	}
	list[n] = (struct reply_doc){0};
	return list;
}
