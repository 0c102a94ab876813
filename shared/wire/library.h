#ifndef WIRE_LIBRARY_H
#define WIRE_LIBRARY_H
/*
 * libcurl, loaded when it is first needed.  It brings two dozen libraries and 8 MB
 * with it, which a Carrel that nobody uses, or that has no model, should not hold.
 */
#include <curl/curl.h>

#include "../base/err.h"

struct library {
#define CURL(name) __typeof__(curl_##name) *name;
#include "library.def"
#undef CURL
};

/* The functions, once and for all; UPSTREAM where libcurl is not installed. */
const struct library *library_load(struct err *e);

#endif
