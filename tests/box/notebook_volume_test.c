/*
 * The volumes of notebooks with real runsc: full, busy, hurt, or full of traps:
 * notebook_volume_test [list | name …]
 *
 * Needs root.  As box_test; CARREL_TEST_FAKE is fake_notebook, statically linked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"

/* Busy means busy: somebody of ours has a file of it open. */
static void
test_unmount_busy(void)
{
	char id[ID_SIZE], path[100];
	int fd;

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	snprintf(path, sizeof(path), RUN "/vol/%s/work", id);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	MUST(fd >= 0);
	notebook_must(LAUNCH_UNMOUNT, id, "", -EBUSY);
	notebook_must(LAUNCH_ERASE, id, "", -EBUSY);
	close(fd);
	notebook_must(LAUNCH_ERASE, id, "", 0);
	MUST(stage_traces(id) == 0);
}

/* A full volume is full for its own notebook alone. */
static void
test_quota(void)
{
	struct notebook n, neighbour;
	struct launch_msg m;

	notebook_open(&n);
	notebook_open(&neighbour);
	notebook_inside(&n, "head -c 100000000 /dev/zero >/work/big", "No space left");
	MUST(app_stat(n.id, &m) == 0);
	MUST(m.disk_bytes > 40u << 20 && m.disk_bytes <= (uint64_t)DISK_MB << 20);
	notebook_must_say(&n, "app", "count", "1");
	notebook_apply(&n, "notebook.py", "x", "{\"ok\":true}");
	notebook_apply(&n, "more.py", "content", "\"kind\":\"full\"");
	notebook_inside(&neighbour, "head -c 30000000 /dev/zero >/work/big; wc -c </work/big",
	    "30000000");
	notebook_inside(&n, "rm /work/big; i=0; while [ $i -lt 5000 ]; do : >/env/$i || break; "
	    "i=$((i+1)); done; echo got $i", "No space left");
	notebook_inside(&n, "ls /env | wc -l | while read n; do [ $n -gt 1900 ] && [ $n -lt 2200 ] "
	    "&& echo right; done", "right");
	notebook_inside(&neighbour, ": >/work/one && echo fine", "fine");
	notebook_must_say(&n, "app", "count", "2");
	notebook_close(&n);
	notebook_close(&neighbour);
}

/* What the kernel remembers of files is not what a notebook needs. */
static void
test_file_cache(void)
{
	struct launch_msg before, after;
	struct notebook n;

	notebook_open(&n);
	MUST(app_stat(n.id, &before) == 0 && before.memory_bytes > 0);
	notebook_inside(&n, "head -c 40000000 /dev/zero >/work/big; wc -c </work/big", "40000000");
	MUST(app_stat(n.id, &after) == 0);
	if (after.memory_bytes > before.memory_bytes + (20u << 20))
		FAIL("it takes %llu MB, and %llu after writing 40 MB to a file",
		    (unsigned long long)before.memory_bytes >> 20,
		    (unsigned long long)after.memory_bytes >> 20);
	notebook_close(&n);
}

/* What the workload planted leads nowhere. */
static void
test_planted(void)
{
	char id[ID_SIZE], line[600], out[200];
	struct notebook n;

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	snprintf(line, sizeof(line), "cd " RUN "/vol/%s/work && ln -s /etc away && "
	    "ln -s /tmp/target file.py && ln -s nowhere loop && mkdir -m 0 shut && "
	    "mkfifo pipe.py && mkdir dir.py && ln -s /etc/passwd .carrel-new && chown -hR %u:%u .",
	    id, WORKLOAD_UID, WORKLOAD_UID);
	MUST(system(line) == 0);
	memcpy(n.id, id, ID_SIZE);
	notebook_wake(&n, "");
	notebook_apply(&n, "away/x.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "file.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "loop/x/y.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "shut/x.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "pipe.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "pipe.py/x", "1", "{\"ok\":true}");
	notebook_apply(&n, "dir.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "real.py", "1", "{\"ok\":true}");
	stage_exec(n.id, 0, "ls /etc/x.py /tmp/target; cat /work/real.py; ls -A /work", out,
	    sizeof(out));
	MUST(!strstr(out, "\n/etc/x.py") && !strstr(out, "\n/tmp/target") && out[0] != '/');
	MUST(strstr(out, "real.py") && !strstr(out, ".carrel-new"));
	notebook_close(&n);
	MUST(access("/tmp/target", F_OK) < 0 && access("/etc/x.py", F_OK) < 0);
}

/* Of a volume that was hurt: what can be repaired is, and nothing else is used. */
static void
test_hurt_volume(void)
{
	char id[ID_SIZE], line[300];
	struct launch_msg m;
	int64_t t = stage_now_us();

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf("    made and mounted in %.1f ms", notebook_ms_since(t));
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	t = stage_now_us();
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf(", mounted in %.1f ms", notebook_ms_since(t));
	snprintf(line, sizeof(line), "echo 1 >" RUN "/vol/%s/work/a", id);
	MUST(system(line) == 0);
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	snprintf(line, sizeof(line), "debugfs -w -R 'ssv state 2' " RUN "/volume/%s.img 2>&1", id);
	MUST(system(line) == 0);
	t = stage_now_us();
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf(", checked and mounted in %.1f ms\n", notebook_ms_since(t));
	notebook_must_hold(id, "work/a", "1\n");
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	snprintf(line, sizeof(line), "dd if=/dev/urandom of=" RUN "/volume/%s.img bs=1M count=%d "
	    "conv=notrunc status=none", id, DISK_MB);
	MUST(system(line) == 0);
	m = notebook_ask(LAUNCH_MOUNT, id, "", 0);
	if (m.result >= 0 || !m.text[0])
		FAIL("mounted: %d %s", m.result, m.text);
	printf("    %s\n", m.text);
	MUST(stage_loops(id) == 0);
	m = notebook_create(id, "");
	MUST(m.result < 0 && m.text[0] && stage_traces_of_life(id) == 0);
	notebook_must(LAUNCH_ERASE, id, "", 0);
	MUST(stage_traces(id) == 0);
}

static const struct stage_test tests[] = {
	{"unmount_busy", test_unmount_busy},
	{"quota", test_quota},
	{"file_cache", test_file_cache},
	{"hurt_volume", test_hurt_volume},
	{"planted", test_planted},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), notebook_image);
}
