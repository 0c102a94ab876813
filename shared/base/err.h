#ifndef BASE_ERR_H
#define BASE_ERR_H
/*
 * Errors.  A function that can fail returns 0 or −1 and fills a caller-allocated struct err;
 * it is not touched on success.  Kinds are the closed list of err.def.  Impossible states
 * and lack of memory abort: every process can restart from the store.
 */
#include <stdbool.h>

enum err_kind {
	ERR_NONE,
#define ERR(NAME, name, status, retry, shown, sentence) ERR_##NAME,
#include "err.def"
#undef ERR
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	int sys;		/* errno, or 0 */
	int retry_after_secs;	/* 0: none to give */
	char field[32];		/* the input field at fault, or "" */
	char text[480];		/* one sentence */
};

/* Each fills e (which may be NULL) and returns −1. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Like err_set, naming the input field at fault. */
int err_field(struct err *e, enum err_kind kind, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* INTERNAL (FULL for ENOSPC and EDQUOT, READONLY for EROFS), with errno and its text
 * appended. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Facts of a kind, from err.def.  Names are lower case ("input"). */
int err_status(enum err_kind kind);
bool err_may_retry(enum err_kind kind);
const char *err_name(enum err_kind kind);
enum err_kind err_kind_of(const char *name);	/* ERR_INTERNAL if unknown */
/* What a client may read: the message where it was written for clients, else the sentence. */
const char *err_public(const struct err *e);

/* Prints where and why, then aborts.  For impossible states only. */
#define BUG(...) err_bug(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void err_bug(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
