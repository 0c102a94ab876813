#include <stdlib.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "provider.h"

static const struct provider providers[] = {
#define PROVIDER(name, path, address, header, other, key) \
	{#name, path, address, header, other, key, name##_body, name##_event},
#include "../../shared/conf/provider.def"
#undef PROVIDER
	{.name = "sample"},
};

const struct provider *
provider_find(const char *name)
{
	for (size_t i = 0; i < COUNT(providers); i++)
		if (strcmp(providers[i].name, name) == 0)
			return &providers[i];
	return NULL;
}

int
provider_choose(const struct conf *c, const struct provider **p, char **model,
    struct err *e)
{
	AUTO_FREE char *name = mem_dup(c->model);
	char *slash = strchr(name, '/');

	*model = NULL;
	if (!name[0]) {
		if (c->anthropic_api_key[0])
			*model = mem_dup("claude-sonnet-5");
		*p = provider_find(*model ? "anthropic" :
		    c->openai_api_key[0] || c->openai_base_url[0] ? "openai" : "sample");
	} else {
		if (slash)
			*slash = '\0';
		*p = provider_find(name);
		if (!*p)
			return err_set(e, ERR_INPUT, "The setting \"model\" must begin "
			    "with anthropic/, openai/ or be sample; it is \"%.60s\".",
			    c->model);
		if (slash && slash[1])
			*model = mem_dup(slash + 1);
		else if (strcmp(name, "anthropic") == 0)
			*model = mem_dup("claude-sonnet-5");
	}
	if (!(*p)->path && !*model)
		*model = mem_dup("sample");
	return 0;
}

static const char *
base_of(const struct provider *p, const struct conf *c)
{
	const char *set = p->body == anthropic_body ? c->anthropic_base_url :
	    c->openai_base_url;

	return set[0] ? set : p->address;
}

void
provider_url(const struct provider *p, const struct conf *c, const char *path,
    struct buf *url)
{
	const char *base = base_of(p, c);
	size_t n = strlen(base);

	path = path ? path : p->path;
	while (n && base[n - 1] == '/')
		n--;
	/* Some write the address with the version, some without it. */
	if (n > 3 && memcmp(base + n - 3, "/v1", 3) == 0 && strncmp(path, "/v1/", 4) == 0)
		n -= 3;
	buf_add(url, base, n);
	buf_str(url, path);
}

const char *
provider_key(const struct provider *p, const struct conf *c)
{
	return p->body == anthropic_body ? c->anthropic_api_key : c->openai_api_key;
}
