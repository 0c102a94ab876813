#ifndef TESTS_API_APPS_KIT_H
#define TESTS_API_APPS_KIT_H
/*
 * An app with one version, for all tests of a file.
 */
#include <string.h>

#include "lab.h"

static char app[ID_SIZE];
static const char *const admin[] = {"ADMIN_SECRET=open sesame", NULL};

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/api/app/%s%s", app, rest);
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	memcpy(app, lab_app("A counter that counts"), ID_SIZE);
	lab_settings(admin);
	return 0;
}

#endif
