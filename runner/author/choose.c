#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/log.h"
#include "../../shared/text/json.h"
#include "choose.h"
#include "retry.h"

#define LIST_BYTES (1u << 20)
#define LIST_MS 10000

void
choose_begin(struct author *a)
{
	buf_init(&a->list, LIST_BYTES);
	if (provider_choose(&a->conf, &a->provider, &a->model, &a->unfit) < 0)
		log_error("%s", a->unfit.text);
	else
		log_info("provider %s, model %s", a->provider->name, a->model ? a->model :
		    "(the first it lists)");
}

/* {"data":[{"id":"…"}…]}, as most; {"models":[{"name":"…"}…]}, as some. */
static char *
first_of(const char *body, size_t n)
{
	AUTO_JSON cJSON *root = json_parse(body, n, NULL);
	const cJSON *first = cJSON_GetArrayItem(json_get(root, "data"), 0);
	const char *id = json_get_text(first, "id");

	if (!id)
		id = json_get_text(cJSON_GetArrayItem(json_get(root, "models"), 0),
		    "name");
	return id && id[0] && strlen(id) < 200 ? mem_dup(id) : NULL;
}

static bool
on_bytes(void *arg, const struct net_head *h, const char *bytes, size_t n)
{
	struct author *a = arg;

	(void)h;
	buf_add(&a->list, bytes, n);
	return !a->list.is_over;
}

static void
on_end(void *arg, const struct net_head *h, enum net_end how, const char *why)
{
	struct author *a = arg;
	struct retry_who who = {a->provider->name, "", a->provider->key_name,
	    provider_key(a->provider, &a->conf)};
	struct trouble t = {.wait_ms = -1};

	a->listing = NULL;
	if (how == NET_OK && h->status == 200)
		a->model = first_of(a->list.at, a->list.len);
	if (a->model) {
		log_info("model %s", a->model);
		author_fill(a);
		return;
	}
	log_warn("%s does not list its models: %s, status %ld", a->provider->name, why,
	    h->status);
	if (how != NET_OK)
		retry_broken(how, &t);
	else if (h->status == 200)
		err_set(&t.e, ERR_UPSTREAM, "The model's service lists no model. Whoever "
		    "runs this Carrel can name one in the setting \"model\".");
	else
		retry_status(h, a->list.at, &who, &t);
	/* For the jobs that wait now; the next one has it tried again. */
	a->unfit = t.e;
	author_fill(a);
	a->unfit.kind = ERR_NONE;
}

static void
ask_list(struct author *a)
{
	const char *key = provider_key(a->provider, &a->conf);
	struct net_request r = {.timeout_ms = LIST_MS, .on_bytes = on_bytes,
	    .on_end = on_end, .arg = a};
	AUTO_BUF struct buf url = {0}, header = {0};

	buf_init(&url, 1000);
	buf_init(&header, 1000);
	buf_reset(&a->list);
	provider_url(a->provider, &a->conf, "/models", &url);
	r.url = url.at;
	if (key[0]) {
		buf_fmt(&header, a->provider->key_header, key);
		r.headers[0] = header.at;
	}
	a->listing = net_start(a->net, &r, &a->unfit);
	explicit_bzero(header.at, header.len);
	if (!a->listing)
		log_error("%s", a->unfit.text);
}

void
choose_name(const struct author *a, char *out, size_t size)
{
	if (a->provider && a->provider->path)
		snprintf(out, size, "%s/%s", a->provider->name, a->model ? a->model : "");
	else
		snprintf(out, size, "sample");
}

bool
choose_is_ready(struct author *a)
{
	if (a->unfit.kind || a->model)
		return true;
	if (!a->listing)
		ask_list(a);
	return a->unfit.kind != ERR_NONE;
}
