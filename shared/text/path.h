#ifndef TEXT_PATH_H
#define TEXT_PATH_H
/*
 * Names of files that somebody else chose: relative paths of plain names.
 */
#define PATH_BYTES 1024		/* of a whole path */
#define PATH_NAME_BYTES 255	/* of each name in it */
#define PATH_DEPTH 32		/* names in it */

/* What is wrong with a path, as the end of a sentence that begins with what it names ("has a
 * part with no name"); NULL: nothing.  Refused: "" and empty parts, "." and "..", a slash at
 * either end, control characters, what is no UTF-8, and whatever is too long or too deep. */
const char *path_trouble(const char *path);

#endif
