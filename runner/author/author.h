#ifndef AUTHOR_H
#define AUTHOR_H
/*
 * author: takes queued jobs, has a model write them, and hands the candidates to keep;
 * and takes what notebooks ask of the assistant.
 *
 * One thread, any number of jobs at once up to model_jobs, assists
 * among them.  Everything that must not be
 * forgotten is in the store: killed at any moment, the next author begins its jobs anew.
 */
#include "../../shared/conf/conf.h"
#include "../../shared/store/job.h"
#include "../../shared/wire/loop.h"
#include "net.h"
#include "provider.h"

struct work;
struct help;
struct queue;

struct author {
	struct conf conf;
	struct loop *loop;
	struct db *db;
	struct net *net;
	int bell_fd;
	struct work *first;	/* the jobs being written */
	int count;
	struct help *helps;	/* the assists */
	int help_count;
	bool is_filling;
	struct queue *queue;	/* the jobs known to wait */
	struct timer *tick;
	struct buf system;	/* what every model is told */
	const struct provider *provider;	/* NULL: the settings name none (unfit) */
	char *model;		/* NULL: not known yet (choose.h) */
	struct err unfit;	/* kind set: why no job can be written */
	struct net_call *listing;
	struct buf list;
	unsigned without;	/* extra.def bits that this model was found not to take */
};

/* Settings, store, bell.  The calls that open anything but sockets are all made here. */
int author_open(struct author *a, struct err *e);
/* Until SIGTERM. */
void author_run(struct author *a);
void author_close(struct author *a);
/* Takes as many queued jobs and assists as may run. */
void author_fill(struct author *a);

#endif
