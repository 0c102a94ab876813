#ifndef AUTHOR_TALK_H
#define AUTHOR_TALK_H
/*
 * One question to a model, up to its whole answer: the request, its repetitions while
 * nothing of the answer was shown, the stream.
 */
#include "../../shared/conf/conf.h"
#include "../../shared/wire/loop.h"
#include "net.h"
#include "provider.h"

struct talk;

struct talk_setup {
	struct loop *loop;
	struct net *net;
	const struct conf *conf;
	const struct provider *provider;
	const struct ask *ask;		/* borrowed until the end */
	unsigned *without;		/* extra.def: what the service does not take */
	int64_t deadline_ms;		/* boot time, of all tries together */
	/* The sample provider's answer, which is made and not asked for; called before
	 * anything else is. */
	int (*make)(void *arg, struct buf *answer, struct err *e);
	void (*on_text)(void *arg, const char *text, size_t n);	/* whole characters */
	void (*on_wait)(void *arg, const char *why);	/* it is tried again soon */
	/* Over, and gone after this: a whole answer of any kind, or why there is none. */
	void (*on_end)(void *arg, struct reply *r, const struct err *e);
	void *arg;
};

/* Nothing is called before it returns. */
struct talk *talk_start(const struct talk_setup *s);
/* Ends it at once, without on_end.  NULL is fine; not from on_text. */
void talk_stop(struct talk *t);
/* Tokens used so far, for a talk that is stopped. */
void talk_tokens(const struct talk *t, int64_t *input, int64_t *output);

#endif
