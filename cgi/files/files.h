#ifndef CGI_FILES_H
#define CGI_FILES_H
/*
 * What the endpoints of files share.  This plugin runs with the uid of the workloads, whose
 * files it reads and writes on their volumes; all that is there may be hostile, so it is
 * reached by shared/base/beneath.h only.
 */
#include <sys/stat.h>

#include "../../shared/store/notebook.h"
#include "../../shared/text/path.h"
#include "../lib/reply.h"

#define FILES_WAIT_MS 15000	/* longest wait until a volume is mounted */
#define FILES_TEMP ".carrel-upload-"	/* what such names hold is not for anybody */

#define FIELD_PATH(name, must, doc) {name, FIELD_TEXT, must, false, 0, 4 * PATH_BYTES, doc}

/* A body on its way: a regular file's bytes from `at` up to `end`. */
struct sending {
	int fd;
	int64_t at, end;
	int64_t moved_ms;	/* boot time at which something went */
};

/* What a request knows while it waits. */
struct work {
	int (*go)(struct req *r, int dir, struct err *e);
	char path[PATH_BYTES + 1], to[PATH_BYTES + 1];
	char title[4 * TITLE_MAX + 1];	/* of a copy; "": none was given */
	bool is_set;		/* recursive, or inline */
	struct sending sending;
};

/* work.c: the request's work; MISSING where there is no such notebook, INPUT where path, of
 * that field, is none.  "" and NULL, where they are allowed, stand for the top folder. */
struct work *work_new(struct req *r, int (*go)(struct req *r, int dir, struct err *e),
    const char *field, const char *path, bool may_be_top, struct err *e);
/* Calls go with the open top folder of the notebook's files as soon as it is there. */
int work_start(struct req *r, struct err *e);
/* INPUT, naming the field, unless it is a path that may be used. */
int work_check(const char *field, const char *path, struct err *e);

/* volume.c: the folder of the notebook's files (O_PATH); −1: it is not mounted. */
int volume_open(const char *id);
/* Sees to it that the volume is mounted soon, and stays so for a while. */
int volume_want(struct req *r, struct err *e);
/* Notes who did what (NULL: nothing), and how much room is in use now. */
int volume_note(struct req *r, int dir, const char *verb, struct err *e);

/* What errno means for a path of that field. */
int files_trouble(const char *field, struct err *e);

/* send.c: sends the file's range with reply_begin, and closes it. */
int files_send(struct req *r, int fd, int status, const char *type, int64_t at, int64_t end,
    struct err *e);

/* copy.c: all files of one volume to another, which may have some already. */
#define COPY_FILES_MAX 20000
#define COPY_BYTES_MAX (512 << 20)
struct copying {
	int64_t files, bytes;
	int64_t left_out;	/* links, sockets, what could not be read */
};
int copy_all(int from, int to, struct copying *c, struct err *e);

/* page.c: the preview, as a page without an origin. */
int preview_go(struct req *r, int dir, struct err *e);

#define EXAMPLE_ID "34upkvhjpas2kd26wirwj5gdkc"

#endif
