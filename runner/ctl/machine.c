/* Examinations of the machine itself. */
#include <linux/magic.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "doctor.h"

#define TOP "/sys/fs/cgroup"
#define BUILT_AFTER_MS 1735689600000LL	/* 2025: no machine that runs this is older */

void
examine_root(const struct patient *p, struct finding *f)
{
	(void)p;
	if (geteuid() == 0)
		finding_set(f, OK, "root");
	else
		finding_set(f, BAD, "not root; run this, and Carrel, with sudo");
}

/* openat2 and the rest are in 5.6; systrap works from 4.14.77 on. */
void
examine_kernel(const struct patient *p, struct finding *f)
{
	struct utsname u;
	int major = 0, minor = 0;

	(void)p;
	uname(&u);
	if (sscanf(u.release, "%d.%d", &major, &minor) != 2 || major < 5 ||
	    (major == 5 && minor < 6))
		finding_set(f, BAD, "Linux %.40s; 5.6 or later is needed", u.release);
	else if (strcmp(u.machine, "x86_64") != 0 && strcmp(u.machine, "aarch64") != 0)
		finding_set(
		    f, BAD, "%.20s; the sandbox needs x86_64 or aarch64", u.machine);
	else
		finding_set(f, OK, "Linux %.40s, %.20s", u.release, u.machine);
}

static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += n)
		if ((at == text || at[-1] == ' ') && strchr(" \n", at[n]))
			return true;
	return false;
}

void
examine_cgroups(const struct patient *p, struct finding *f)
{
	static const char *const names[] = {"memory", "cpu", "pids"};
	FILE *file = fopen(TOP "/cgroup.controllers", "re");
	char have[400] = "", path[64];
	bool is_v2 = file;

	(void)p;
	if (file && !fgets(have, sizeof(have), file))
		have[0] = '\0';
	if (file)
		fclose(file);
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), TOP "/%s", names[i]);
		if (is_v2 ? has_word(have, names[i]) : access(path, W_OK) == 0)
			continue;
		finding_set(f, BAD, "no %s controller in " TOP "; %s", names[i],
		    is_v2 ? "boot with cgroup_enable, or in a container, pass cgroups on" :
		    "mount cgroup2 there");
		return;
	}
	finding_set(f, OK, "version %d with memory, cpu and pids", is_v2 ? 2 : 1);
}

void
examine_uids(const struct patient *p, struct finding *f)
{
	int64_t base = p->ctl->conf.uid_base;

	for (int64_t uid = base; uid < base + 8; uid++) {
		struct passwd *pw = getpwuid((uid_t)uid);

		if (!pw || strncmp(pw->pw_name, "carrel", 6) == 0)
			continue;
		finding_set(f, WARN,
		    "%lld belongs to %.40s; choose eight free ones with uid_base",
		    (long long)uid, pw->pw_name);
		return;
	}
	finding_set(f, OK, "%lld to %lld are nobody else's", (long long)base,
	    (long long)base + 7);
}

void
examine_memory(const struct patient *p, struct finding *f)
{
	long long mb = mem_available_mb(), each = p->ctl->conf.sandbox_memory;

	if (mb < each + 256)
		finding_set(f, BAD,
		    "%lld MB free; one app may take %lld MB and the rest needs 256 MB",
		    mb, each);
	else if (mb < 4 * each)
		finding_set(f, WARN,
		    "%lld MB free: few apps at once; sandbox_memory is %lld MB", mb,
		    each);
	else
		finding_set(f, OK,
		    "%lld MB free: room for about %lld apps at their limit at once", mb,
		    (mb - 256) / each);
}

void
examine_disk(const struct patient *p, struct finding *f)
{
	const char *var = p->ctl->var;
	struct statfs s;
	long long mb;

	if (statfs(access(var, F_OK) == 0 ? var : ".", &s) < 0) {
		finding_set(f, BAD, "%.200s cannot be looked at", var);
		return;
	}
	mb = (long long)s.f_bavail * (long long)s.f_bsize >> 20;
	if (s.f_type == NFS_SUPER_MAGIC || s.f_type == SMB_SUPER_MAGIC ||
	    s.f_type == V9FS_MAGIC)
		finding_set(f, BAD,
		    "%.150s is on a network; SQLite's WAL needs a local disk: set var",
		    var);
	else if (mb < 200)
		finding_set(f, BAD, "%lld MB free for %.150s; make room", mb, var);
	else if (mb < 2000)
		finding_set(f, WARN, "%lld MB free for %.150s; that is little", mb, var);
	else
		finding_set(f, OK, "%lld MB free for %.150s", mb, var);
}

void
examine_clock(const struct patient *p, struct finding *f)
{
	char now[21];

	(void)p;
	clock_iso(clock_wall_ms(), now);
	if (clock_wall_ms() < BUILT_AFTER_MS)
		finding_set(f, BAD,
		    "%s is in the past; certificates will fail: set the clock", now);
	else
		finding_set(f, OK, "%s", now);
}

/* The line that sweep's drill left, and how old the newest copy of the store is. */
void
examine_backup(const struct patient *p, struct finding *f)
{
	AUTO_BUF struct buf line = {0};
	char path[PATH_MAX + 32];
	struct stat st;
	long long days;

	buf_init(&line, 1000);
	snprintf(path, sizeof(path), "%s/backup/drill", p->ctl->is_inside ?
	    "/run/carrel/var" : p->ctl->var);
	if (stat(path, &st) < 0 || file_read(path, &line, NULL) < 0) {
		finding_set(f, WARN, "none was tried yet; sweep nightly makes one and restores it");
		return;
	}
	line.at[strcspn(line.at, "\n")] = '\0';
	days = (clock_wall_ms() / 1000 - st.st_mtime) / 86400;
	if (strstr(line.at, " bad "))
		finding_set(f, BAD, "the last restore drill failed: %.220s", line.at);
	else if (days > 2)
		finding_set(f, WARN, "none was made for %lld days; is sweep run?", days);
	else
		finding_set(f, OK, "%.250s", line.at);
}
