#include <stdio.h>
#include <string.h>

#include "../base/mem.h"
#include "golden.h"

static const char *const templates[] = {"vite", "marimo"};

void
golden_id(const char *template_name, char id[ID_SIZE])
{
	int n = snprintf(id, ID_SIZE, "golden%.16s", template_name);

	memset(id + n, '2', ID_LEN - (size_t)n);
	id[ID_LEN] = '\0';
}

bool
golden_is(const char *id)
{
	char golden[ID_SIZE];

	for (size_t i = 0; i < COUNT(templates); i++) {
		golden_id(templates[i], golden);
		if (strcmp(id, golden) == 0)
			return true;
	}
	return false;
}
