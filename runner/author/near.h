#ifndef AUTHOR_NEAR_H
#define AUTHOR_NEAR_H
/*
 * Which addresses of services may be used: https anywhere, plain http only where nobody
 * between can listen, on this machine and in its own network.
 */
#include "../../shared/base/err.h"

/* INPUT, written for whoever runs this Carrel. */
int near_check(const char *url, struct err *e);

#endif
