#include <dlfcn.h>
#include <stddef.h>

#include "../base/log.h"
#include "../base/mem.h"
#include "library.h"

static const struct {
	const char *name;
	size_t at;
} functions[] = {
#define CURL(name) {"curl_" #name, offsetof(struct library, name)},
#include "library.def"
#undef CURL
};

static int
find_functions(void *handle, struct library *lib)
{
	for (size_t i = 0; i < COUNT(functions); i++) {
		void *function = dlsym(handle, functions[i].name);

		if (!function)
			return -1;
		*(void **)(void *)((char *)lib + functions[i].at) = function;
	}
	return 0;
}

const struct library *
library_load(struct err *e)
{
	static struct library lib;
	static void *handle;

	if (handle)
		return &lib;
	handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (handle && find_functions(handle, &lib) == 0 &&
	    lib.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return &lib;
	log_error("libcurl cannot be loaded: %s", handle ? "it is too old" : dlerror());
	handle = NULL;
	err_set(e, ERR_UPSTREAM, "libcurl is not installed on this machine (package "
	    "libcurl4).");
	return NULL;
}
