#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/num.h"
#include "../../shared/guard/promise.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/count.h"
#include "golden.h"

#define TICK_MS 1000
#define CHECKPOINT_MS 2000
#define WAL_BYTES (32 << 20)

static void
heard_bell(struct loop *l, int fd, uint32_t events, void *arg)
{
	char id[ID_SIZE];

	(void)l, (void)events;
	rest_look(arg);
	while (bell_read(fd, id))
		decide_heard(arg, id);
}

static void
tick(struct loop *l, void *arg)
{
	clock_tick(arg);
	room_tick(arg);
	rest_look(arg);
	late_tick(arg);
	notebook_tick(arg);
	spare_tick(arg);
	volume_tick(arg);
	freeze_tick(arg);
	shot_tick(arg);
	box_tick(arg);
	golden_tick(arg);
	meter_tick(arg);
	decide_all(arg);
	line_tick(arg);
	loop_timer(l, TICK_MS, tick, arg);
}

static void
checkpoint(struct loop *l, void *arg)
{
	struct keep *k = arg;
	struct err e;

	if (db_checkpoint(k->db, WAL_BYTES, &e) < 0)
		log_warn("%s", e.text);
	loop_timer(l, CHECKPOINT_MS, checkpoint, arg);
}

int
main(int argc, char **argv)
{
	static struct keep k = {.boot_ms_mean = 1500, .line.gap_ms = 400};
	struct err e;
	uint64_t fd;

	log_open("keep", false);
	if (argc != 2 || !num_u64(argv[1], 1 << 20, &fd)) {
		fprintf(stderr, "usage: keep FD (the socket to launch); carreld starts it\n");
		return 2;
	}
	k.launch_fd = (int)fd;
	if (conf_load(&k.conf, &e) < 0 || !(k.db = db_open(NULL, &e)) ||
	    (k.bell_fd = bell_open(NULL, "keep", &e)) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	log_open("keep", k.conf.verbose);
	count_open("keep");
	if (promise(PROMISE_UNIX, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	k.loop = loop_new();
	loop_watch(k.loop, k.bell_fd, EPOLLIN, heard_bell, &k);
	freeze_tidy(&k);
	k.started_ms = clock_boot_ms();
	launcher_start(&k);
	golden_start(&k);
	alive_start(k.loop, "keep");
	tick(k.loop, &k);
	checkpoint(k.loop, &k);
	loop_run(k.loop);
	return 0;
}
