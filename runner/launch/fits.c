#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/file.h"
#include "../../shared/text/secret.h"
#include "fits.h"
#include "home.h"

#define RUNSC "/run/carrel/build/bin/runsc"
#define GUEST "/run/carrel/build/guest/guest"
#define NAME "fits"

/* Its beginning has the linker's identity of the whole, so the beginning and the size tell
 * two builds apart, and copies of one are the same. */
#define FINGERPRINT_BYTES (256u << 10)

static int
print_program(struct buf *to, const char *path, struct err *e)
{
	AUTO_BUF struct buf bytes = {0};
	unsigned char hash[SECRET_HASH_BYTES];
	struct stat st;

	buf_init(&bytes, FINGERPRINT_BYTES);
	if (stat(path, &st) < 0)
		return err_sys(e, "look at %s", path);
	if (file_read(path, &bytes, e) < 0 && bytes.len != FINGERPRINT_BYTES)
		return -1;
	secret_hash(bytes.at, bytes.len, hash);
	buf_fmt(to, "%lld-", (long long)st.st_size);
	for (size_t i = 0; i < sizeof(hash) / 2; i++)
		buf_fmt(to, "%02x", hash[i]);
	buf_char(to, '\n');
	return 0;
}

int
fits_now(struct fits *f, const char *root, struct err *e)
{
	AUTO_BUF struct buf text = {0};

	buf_init(&text, sizeof(f->programs) - 1);
	if (print_program(&text, RUNSC, e) < 0 || print_program(&text, GUEST, e) < 0)
		return -1;
	snprintf(f->root, sizeof(f->root), "%s", root);
	snprintf(f->programs, sizeof(f->programs), "%s", text.at);
	return 0;
}

int
fits_write(const struct fits *f, const char *dir, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char path[PATH_MAX];

	buf_init(&text, sizeof(*f));
	buf_fmt(&text, "%s\n%s", f->root, f->programs);
	snprintf(path, sizeof(path), "%s/" NAME, dir);
	return file_write(path, text.at, text.len, 0600, e);
}

int
fits_read(struct fits *f, const char *dir, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char path[PATH_MAX], *line;

	buf_init(&text, sizeof(*f));
	snprintf(path, sizeof(path), "%s/" NAME, dir);
	if (file_read(path, &text, e) < 0)
		return -1;
	line = strchr(text.at, '\n');
	if (!line || (size_t)(line - text.at) >= sizeof(f->root) ||
	    strlen(line + 1) >= sizeof(f->programs))
		return err_set(e, ERR_INTERNAL, "%s makes no sense", path);
	*line = '\0';
	snprintf(f->root, sizeof(f->root), "%s", text.at);
	snprintf(f->programs, sizeof(f->programs), "%s", line + 1);
	return 0;
}

int
fits_check(const struct fits *f, struct err *e)
{
	struct fits now;

	if (home_root(f->root, e) < 0)
		return -1;
	if (fits_now(&now, f->root, e) < 0)
		return -1;
	if (strcmp(now.programs, f->programs) != 0)
		return err_set(e, ERR_CONFLICT,
		    "the checkpoint was made with another build of runsc or of the guest");
	return 0;
}
