#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "../base/mem.h"
#include "promise.h"

enum group { BASE, FILES, SOCKETS, LINKS, DANGER };

static const struct {
	enum group group;
	const char *name;
} calls[] = {
#define CALL(group, name) {group, #name},
#include "groups.def"
#undef CALL
};

struct filter {
	scmp_filter_ctx ctx;
	uint32_t rest;		/* the answer to every call that no rule names */
	int rc;			/* the first failure, or 0 */
};

/* One more rule; one that says what holds for the rest anyway is refused by libseccomp. */
static void
rule(struct filter *f, uint32_t action, int nr, unsigned count, struct scmp_arg_cmp arg)
{
	if (f->rc == 0 && action != f->rest)
		f->rc = seccomp_rule_add_array(f->ctx, action, nr, count, &arg);
}

static const struct scmp_arg_cmp any;

/* socket() makes unix sockets, and those of the network where promised. */
static void
add_sockets(struct filter *f, unsigned promised)
{
	static const uint64_t inet[] = {AF_INET, AF_INET6, AF_NETLINK};

	rule(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
	for (size_t i = 0; i < COUNT(inet); i++)
		rule(f, promised & PROMISE_INET ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS,
		    SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, inet[i]));
}

/* clone3 hides its flags from a filter, so it is never there; libc falls back to clone. */
static void
add_threads(struct filter *f, unsigned promised)
{
	rule(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, any);
	if (promised & PROMISE_THREADS)
		rule(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	rule(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1,
	    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

int
promise(unsigned promised, struct err *e)
{
	struct filter f = {.rest = getenv("CARREL_TEST_STRICT") ? SCMP_ACT_KILL_PROCESS :
	    SCMP_ACT_ERRNO(ENOSYS)};

	f.ctx = seccomp_init(f.rest);
	f.rc = f.ctx ? seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_TSYNC, 1) : -ENOMEM;
	for (size_t i = 0; i < COUNT(calls); i++) {
		int nr = seccomp_syscall_resolve_name(calls[i].name);

		if (calls[i].group == LINKS && !(promised & PROMISE_LINKS))
			continue;
		if (nr >= 0)	/* else this machine does not have it */
			rule(&f, calls[i].group == DANGER ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW, nr,
			    0, any);
	}
	add_sockets(&f, promised);
	add_threads(&f, promised);
	if (f.rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		f.rc = -errno;
	if (f.rc == 0)
		f.rc = seccomp_load(f.ctx);
	seccomp_release(f.ctx);
	if (f.rc == 0)
		return 0;
	errno = -f.rc;
	return err_sys(e, "the system does not confine this process");
}
