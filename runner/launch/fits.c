#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/file.h"
#include "../../shared/text/secret.h"
#include "engine.h"
#include "fits.h"
#include "home.h"
#include "runsc.h"
#include "spec.h"

#define RUNSC "/run/carrel/build/bin/runsc"
#define GUEST "/run/carrel/build/guest/guest"
#define RENEW "/run/carrel/build/guest/renew.so"
#define NAME "fits"

/* Its beginning has the linker's identity of the whole, so the beginning and the size tell
 * two builds apart, and copies of one are the same. */
#define FINGERPRINT_BYTES (256u << 10)

static void
print_hash(struct buf *to, const unsigned char *hash)
{
	for (size_t i = 0; i < SECRET_HASH_BYTES / 2; i++)
		buf_fmt(to, "%02x", hash[i]);
	buf_char(to, '\n');
}

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
	print_hash(to, hash);
	return 0;
}

/* A process may hold what it found out about its processor. */
static int
print_processor(struct buf *to, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	unsigned char hash[SECRET_HASH_BYTES];
	const char *flags;

	buf_init(&text, FINGERPRINT_BYTES);
	if (file_read("/proc/cpuinfo", &text, e) < 0 && text.len != FINGERPRINT_BYTES)
		return -1;
	flags = strstr(text.at, "\nflags");
	if (!flags)
		flags = strstr(text.at, "\nFeatures");
	if (!flags)
		flags = "\n";
	secret_hash(flags, strcspn(flags + 1, "\n") + 1, hash);
	print_hash(to, hash);
	return 0;
}

/* Names and limits are each sandbox's own. */
static void
print_spec(struct buf *to, const struct spec_template *what)
{
	static const struct spec common = {.id = "", .root = "", .group = ""};
	AUTO_BUF struct buf text = {0};
	unsigned char hash[SECRET_HASH_BYTES];
	struct spec s = common;

	s.what = what;
	buf_init(&text, 65536);
	spec_print(&s, &text);
	runsc_print_flags(&text);
	buf_str(&text, what->runsc_flags ? what->runsc_flags : "");
	secret_hash(text.at, text.len, hash);
	print_hash(to, hash);
}

static int
programs_now(char *out, size_t size, struct err *e)
{
	AUTO_BUF struct buf text = {0};

	buf_init(&text, size - 1);
	if (print_program(&text, RUNSC, e) < 0 || print_program(&text, GUEST, e) < 0 ||
	    print_program(&text, RENEW, e) < 0 || print_processor(&text, e) < 0)
		return -1;
	snprintf(out, size, "%s", text.at);
	return 0;
}

int
fits_installed(struct fits *f, struct err *e)
{
	return programs_now(f->programs, sizeof(f->programs), e);
}

int
fits_now(struct fits *f, const struct spec_template *what, const char *root, struct err *e)
{
	AUTO_BUF struct buf spec = {0};

	buf_init(&spec, sizeof(f->spec) - 1);
	print_spec(&spec, what);
	snprintf(f->root, sizeof(f->root), "%s", root);
	snprintf(f->spec, sizeof(f->spec), "%s", spec.at);
	return fits_installed(f, e);
}

int
fits_write(const struct fits *f, const char *dir, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char path[PATH_MAX];

	buf_init(&text, sizeof(*f));
	buf_fmt(&text, "%s\n%s%s", f->root, f->spec, f->programs);
	snprintf(path, sizeof(path), "%s/" NAME, dir);
	return file_write(path, text.at, text.len, 0600, e);
}

/* The part of a text before its first line break, that included if wanted; NULL: there is
 * none, or it is too long. */
static char *
take_line(char *from, char *to, size_t size, bool with_break)
{
	char *end = strchr(from, '\n');

	if (!end || (size_t)(end - from) + 1 >= size)
		return NULL;
	snprintf(to, size, "%.*s", (int)(end - from + with_break), from);
	return end + 1;
}

int
fits_read(struct fits *f, const char *dir, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char path[PATH_MAX], *rest;

	buf_init(&text, sizeof(*f));
	snprintf(path, sizeof(path), "%s/" NAME, dir);
	if (file_read(path, &text, e) < 0)
		return -1;
	rest = take_line(text.at, f->root, sizeof(f->root), false);
	if (rest)
		rest = take_line(rest, f->spec, sizeof(f->spec), true);
	if (!rest || strlen(rest) >= sizeof(f->programs))
		return err_set(e, ERR_INTERNAL, "%s makes no sense", path);
	snprintf(f->programs, sizeof(f->programs), "%s", rest);
	return 0;
}

int
fits_check_programs(const struct fits *f, struct err *e)
{
	char programs[sizeof(f->programs)];

	if (programs_now(programs, sizeof(programs), e) < 0)
		return -1;
	if (strcmp(programs, f->programs) != 0)
		return err_set(e, ERR_CONFLICT, "the checkpoint was made with another build of runsc "
		    "or of the guest, or on another processor");
	return 0;
}

int
fits_check(const struct fits *f, struct err *e)
{
	return home_root(f->root, e) < 0 ? -1 : fits_check_programs(f, e);
}

/* The line of the processor, which is the last one. */
static const char *
processor_of(const char *programs)
{
	size_t n = strlen(programs);

	while (n > 1 && programs[n - 2] != '\n')
		n--;
	return programs + (n ? n - 1 : 0);
}

int
fits_wakes(const struct fits *f, struct err *e)
{
	char programs[sizeof(f->programs)], engine[ENGINE_PATH_SIZE];

	if (fits_check(f, e) == 0)
		return 0;
	if (e->kind != ERR_CONFLICT || !engine_find(f, engine) ||
	    programs_now(programs, sizeof(programs), e) < 0)
		return -1;
	return strcmp(processor_of(programs), processor_of(f->programs)) == 0 ? 0 :
	    err_set(e, ERR_CONFLICT, "the checkpoint was made on another processor");
}

int
fits_check_all(const struct fits *f, const struct spec_template *what, struct err *e)
{
	char root[PATH_MAX];
	struct fits now;

	if (fits_check(f, e) < 0 || home_image(what->image, root, e) < 0 ||
	    fits_now(&now, what, root, e) < 0)
		return -1;
	if (strcmp(now.root, f->root) != 0 || strcmp(now.spec, f->spec) != 0)
		return err_set(e, ERR_CONFLICT, "the checkpoint was made of another image, or started "
		    "in another way");
	return 0;
}
