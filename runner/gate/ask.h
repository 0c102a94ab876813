#ifndef GATE_ASK_H
#define GATE_ASK_H
/*
 * What a request is and whether it may pass, told from its head alone: no clock, no I/O.
 */
#include "../../shared/base/log.h"
#include "../../shared/base/rand.h"
#include "../../shared/text/head.h"
#include "path.h"

/* Where we are, from the settings. */
struct site {
	const char *scheme;		/* "http" or "https" */
	const char *apps_domain;	/* "localhost" */
	const char *control;		/* "http://localhost:8080", the control plane */
};

/* The sockets of a sandbox. */
enum door {
	DOOR_APP,	/* the app; of a notebook, with all rights */
	DOOR_RUN,	/* of a notebook: its app, to be looked at */
	DOOR_TOOL,	/* of a notebook: for our own programs */
	DOORS
};

struct ask {
	char id[ID_SIZE];	/* of the workspace it is for; "" until that is known */
	bool is_page;		/* a browser goes there: answer with HTML */
	bool is_part;		/* no page, and not the address of the first one */
	bool is_asset;		/* of a frozen app (frozen.h) */
	bool is_upgrade;	/* wants a WebSocket */
	bool is_ping;		/* Vite's client looks whether it is back: no person */
	bool is_notebook;	/* of that kind; false until it is known */
	bool is_quiet;		/* no person: never wakes, never counts */
	bool is_head;
	bool is_read;		/* GET or HEAD, no upgrade: asking again is harmless */
	bool is_change;		/* its method may change something */
	struct path path;
	char request[LOG_ID_SIZE];	/* its id; "" until it is taken or made */
	int64_t body;		/* bytes that follow; −1: as long as they come */
};

struct refusal {
	int status;		/* 0: none */
	const char *words;	/* static */
};

/* Fills a; also where the request is refused, as far as it can be told. */
struct refusal ask_judge(const struct head *h, const struct site *s, struct ask *a);
/* Of one that was let in, by that door: may it pass?  Sets is_quiet. */
struct refusal ask_judge_door(struct ask *a, enum door door, bool has_terminal);
/* "<id>.<domain>[:port]" */
bool ask_host_id(struct text host, const char *domain, char id[ID_SIZE]);

#endif
