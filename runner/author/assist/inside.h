#ifndef AUTHOR_ASSIST_INSIDE_H
#define AUTHOR_ASSIST_INSIDE_H
/*
 * What the files of this folder share: the state of one assist.
 */
#include "../../../shared/store/assist.h"
#include "../insist.h"
#include "../show.h"
#include "../talk.h"
#include "help.h"
#include "said.h"
#include "scope.h"
#include "snippet.h"
#include "tool.h"

struct help {
	struct author *author;
	struct help *next;
	struct arena arena;
	struct assist row;		/* as it was when it was taken */
	bool is_agent;
	struct show show;
	struct scope scope;
	/* At most one of these is at work. */
	struct talk *talk;
	struct tool *tool;
	struct insist saving;
	/* The conversation. */
	struct ask ask;
	struct model facts;		/* ask.facts, with no more room than the budget has */
	struct turn *turns;
	bool is_tight;			/* that room is less than the model's own */
	struct assist_tokens fresh;	/* not in the store yet */
	int64_t used;			/* tokens of all calls */
	/* The step that runs. */
	struct snippet step;
	struct said said;
	int64_t step_n;			/* 0: none was begun */
	const char *output;
	/* How it ends. */
	const char *kind;		/* as for assist_fail; NULL: well */
	const char *text;		/* why, or the summary */
	const char *code;
	int64_t retry_after;
};

/* Ends it.  help_done: code may be NULL. */
void help_done(struct help *h, const char *code, const char *summary);
void help_fail(struct help *h, const char *kind, const char *text, int64_t retry_after);
/* Asks the model with the turns as they are, or ends it where the budget is used up. */
void help_ask(struct help *h);
/* How much is used: an event for those who follow. */
void help_tell_budget(struct help *h);

/* A whole answer of a model (agent.c). */
void agent_answer(struct help *h, const char *text);

#endif
