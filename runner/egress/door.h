#ifndef EGRESS_DOOR_H
#define EGRESS_DOOR_H
/*
 * One door for each workspace whose sandbox is there: DOORS/<id>/egress.sock.  Who comes in
 * by it is that workspace, whatever it says; the folder is made and removed by launch.
 *
 * What a workspace has fetched is counted here, told in the log every minute and when its
 * door goes, and forgotten when egress ends.
 */
#include "../../shared/base/rand.h"
#include "egress.h"

struct conn;

struct door {
	struct egress *egress;
	struct door *next;
	char id[ID_SIZE];
	dev_t dev;			/* of the folder: another one may come under its name */
	ino_t ino;
	int fd;				/* listens */
	struct watch *watch;		/* NULL: not now */
	struct conn *conns;
	int conn_count;
	int64_t bytes, files, told_bytes;	/* since the door is there */
	int64_t day, day_bytes;		/* day: since 1970 */
	int64_t minute, minute_asks;
};

/* Opens the doors of the folders that are there, and of those to come. */
int door_open_all(struct egress *g, struct err *e);
void door_close_all(struct egress *g);
/* Listens, or stops listening, as the number of its connections says. */
void door_listen(struct door *d);
/* Bytes of packages that went in; is_file: with this a file is through. */
void door_count(struct door *d, int64_t bytes, bool is_file);
/* 0, or the limit that this workspace is over. */
enum limit door_limit(struct door *d);
/* Counts one more question that goes out. */
void door_asks(struct door *d);

#endif
