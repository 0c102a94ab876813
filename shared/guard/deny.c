#include <errno.h>
#include <seccomp.h>

#include "../base/mem.h"
#include "deny.h"

static const char *const calls[] = {
#define DENY(call) #call,
#include "deny.def"
#undef DENY
};

static int
fill(scmp_filter_ctx ctx, struct err *e)
{
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, no);

	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* A search tree: everything in every sandbox passes through here. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; rc == 0 && i < COUNT(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number >= 0)
			rc = seccomp_rule_add(ctx, no, number, 0);
	}
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (rc == 0)
		return 0;
	errno = -rc;
	return err_sys(e, "the system call filter");
}

int
deny_enter(struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (!ctx)
		return err_set(e, ERR_INTERNAL, "seccomp_init failed");
	rc = fill(ctx, e);
	seccomp_release(ctx);
	return rc;
}
