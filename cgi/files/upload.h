#ifndef CGI_FILES_UPLOAD_H
#define CGI_FILES_UPLOAD_H
/*
 * Files that arrive.  Each is written to a file without a name, which goes by itself if
 * anything happens; when the whole form is there they get their names, one after the other,
 * each at once.
 */
#include "files.h"

#define ARRIVALS_MAX 1000

struct arrival {
	int fd;
	const char *path;
};

struct arrivals {
	int dir;		/* the top folder */
	int count;
	struct arrival *list;	/* ARRIVALS_MAX */
};

/* A new one, to be written; −1. */
int arrival_open(struct arrivals *a, const char *path, struct err *e);
/* Makes what was written last. */
int arrival_keep(struct arrivals *a, struct err *e);
/* Gives all their names. */
int arrivals_publish(struct arrivals *a, struct err *e);
void arrivals_close(struct arrivals *a);

#endif
