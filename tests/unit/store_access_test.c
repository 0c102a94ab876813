/* Sessions, requests that came before, and leases. */
#include "../../shared/store/access.h"
#include "store_kit.h"

static void
test_access(void **state)
{
	unsigned char hash[TOKEN_HASH_BYTES] = {1};
	struct idempotency what = {.body_hash = {2}}, found;
	const char *caller;

	(void)state;
	memcpy(what.workspace, app, ID_SIZE);
	begin();
	assert_int_equal(session_add(db, hash, "key-1", now, &e), 0);
	assert_int_equal(idempotency_add(db, "local", "create", "k", &what, now, &e), 0);
	commit();
	assert_int_equal(session_get(db, hash, now, &arena, &caller, &e), 0);
	assert_string_equal(caller, "key-1");
	assert_int_equal(idempotency_get(db, "local", "create", "k", now, &found, &e), 1);
	assert_string_equal(found.workspace, app);
	assert_int_equal(
	    idempotency_get(db, "local", "create", "other", now, &found, &e), 0);
	assert_int_equal(idempotency_get(db, "else", "create", "k", now, &found, &e), 0);
	begin();
	assert_int_equal(access_expire(db, now + IDEMPOTENCY_MS, &e), 0);
	commit();
	assert_int_equal(idempotency_get(db, "local", "create", "k", now, &found, &e), 0);
	assert_int_equal(session_get(db, hash, now, &arena, &caller, &e), 0);
	assert_int_equal(session_get(db, hash, now + SESSION_MS, &arena, &caller, &e), -1);
	assert_int_equal(e.kind, ERR_AUTH);
}

static void
test_lease(void **state)
{
	(void)state;
	begin();
	assert_int_equal(lease_take(db, "sweep", "a", 10, now, &e), 1);
	assert_int_equal(lease_take(db, "sweep", "b", 10, now + 9999, &e), 0);
	assert_int_equal(lease_take(db, "sweep", "a", 10, now + 9999, &e), 1);
	assert_int_equal(lease_take(db, "sweep", "b", 10, now + 19999, &e), 1);
	assert_int_equal(lease_drop(db, "sweep", "a", &e), 0);
	assert_int_equal(lease_take(db, "sweep", "a", 10, now + 20000, &e), 0);
	assert_int_equal(lease_drop(db, "sweep", "b", &e), 0);
	assert_int_equal(lease_take(db, "sweep", "a", 10, now + 20000, &e), 1);
	commit();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(access),
	    T(lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
