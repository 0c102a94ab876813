/*
 * author: the only program that talks to models, and the only one that holds their keys.
 *
 *	author
 */
#include <stdlib.h>

#include "../../shared/base/log.h"
#include "../../shared/guard/promise.h"
#include "author.h"

static struct author author;

int
main(void)
{
	struct err e;

	log_open("author", getenv("CARREL_VERBOSE") &&
	    getenv("CARREL_VERBOSE")[0] == 'y');
	if (author_open(&author, &e) < 0 ||
	    promise(PROMISE_THREADS | PROMISE_INET, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	author_run(&author);
	author_close(&author);
	return 0;
}
