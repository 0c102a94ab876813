-- name: idempotency_add
INSERT OR REPLACE INTO idempotency (caller, route, key, body_hash, workspace, job, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
-- name: idempotency_get
SELECT body_hash, workspace, job FROM idempotency
    WHERE caller = ?1 AND route = ?2 AND key = ?3 AND created_at > ?4;
-- name: idempotency_expire
DELETE FROM idempotency WHERE created_at <= ?1;
-- name: session_add
INSERT INTO session (token_hash, caller, created_at, expires_at) VALUES (?1, ?2, ?3, ?4);
-- name: session_get
SELECT caller FROM session WHERE token_hash = ?1 AND expires_at > ?2;
-- name: session_delete
DELETE FROM session WHERE token_hash = ?1;
-- name: session_expire
DELETE FROM session WHERE expires_at <= ?1;
-- name: event_add
INSERT INTO event (at, caller, verb, workspace, detail) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: lease_take
INSERT INTO lease (name, holder, expires_at) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET holder = ?2, expires_at = ?3
-- Far ahead: the clock was set back since.
    WHERE expires_at <= ?4 OR expires_at > ?3 + 86400000 OR holder = ?2 RETURNING holder;
-- name: lease_drop
DELETE FROM lease WHERE name = ?1 AND holder = ?2;
