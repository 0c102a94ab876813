/*
 * author: the only program that talks to models, and the only one that holds their keys.
 *
 *	author
 */
#include <stdlib.h>

#include "../../shared/base/log.h"
#include "author.h"

int
main(void)
{
	struct author a;
	struct err e;

	log_open("author", getenv("CARREL_VERBOSE") && getenv("CARREL_VERBOSE")[0] == 'y');
	if (author_open(&a, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	author_run(&a);
	author_close(&a);
	return 0;
}
