-- name: care_held
SELECT workspace, '' FROM notebook WHERE disk_bytes > 0
    UNION ALL SELECT workspace, id FROM snapshot WHERE state = 'good' /*scan*/;
-- name: care_has_workspace
SELECT 1 FROM workspace WHERE id = ?1;
-- name: care_has_snapshot
SELECT 1 FROM snapshot WHERE id = ?1 AND workspace = ?2;
-- name: care_snapshot_lost
UPDATE snapshot SET state = 'failed', reason = ?2 WHERE id = ?1 AND state = 'good';
-- name: care_sleep_lost
UPDATE sandbox SET image = NULL, state = CASE state WHEN 'hibernated' THEN 'absent' ELSE state END,
    reason = ?3 WHERE workspace = ?1 AND image = ?2;
-- name: care_notice
UPDATE notebook SET notice = ?2 WHERE workspace = ?1 AND notice <> ?2;
-- name: care_erase
INSERT OR IGNORE INTO erasure (workspace, image) VALUES (?1, ?2);
-- name: orphan_add
INSERT OR IGNORE INTO orphan (path, found_at) VALUES (?1, ?2);
-- name: orphan_list
SELECT path, found_at FROM orphan ORDER BY path /*scan*/;
-- name: orphan_drop
DELETE FROM orphan WHERE path = ?1;
-- name: orphan_forget
DELETE FROM orphan;
-- name: event_expire
DELETE FROM event WHERE at <= ?1 /*scan*/;
-- name: snapshot_trim_auto
DELETE FROM snapshot WHERE kind = 'auto' AND state <> 'wanted' AND id IN (SELECT id FROM
    (SELECT id, row_number() OVER (PARTITION BY workspace ORDER BY created_at DESC) AS n
    FROM snapshot WHERE kind = 'auto') WHERE n > ?1) /*scan*/;
-- name: lease_expire
DELETE FROM lease WHERE expires_at <= ?1 /*scan*/;
-- name: shift_sandbox
UPDATE sandbox SET wanted_at = wanted_at + ?1, started_at = started_at + ?1,
    ready_at = ready_at + ?1, first_request_at = first_request_at + ?1,
    last_activity_at = last_activity_at + ?1, ended_at = ended_at + ?1 /*scan*/;
-- name: shift_notebook
UPDATE notebook SET held_until = CASE held_until WHEN 0 THEN 0 ELSE held_until + ?1 END,
    volume_wanted_at = CASE volume_wanted_at WHEN 0 THEN 0 ELSE volume_wanted_at + ?1 END /*scan*/;
-- name: shift_job
UPDATE job SET created_at = created_at + ?1, started_at = started_at + ?1
    WHERE ended_at IS NULL /*scan*/;
-- name: shift_assist
UPDATE assist SET created_at = created_at + ?1, started_at = started_at + ?1
    WHERE ended_at IS NULL /*scan*/;
-- name: shift_orphan
UPDATE orphan SET found_at = found_at + ?1 /*scan*/;
-- name: shift_lease
UPDATE lease SET expires_at = expires_at + ?1 /*scan*/;
-- name: clamp_sandbox
UPDATE sandbox SET last_activity_at = min(last_activity_at, ?1), ended_at = min(ended_at, ?1),
    ready_at = min(ready_at, ?1), wanted_at = min(wanted_at, ?1)
    WHERE max(coalesce(last_activity_at, 0), coalesce(ended_at, 0), coalesce(ready_at, 0),
    coalesce(wanted_at, 0)) > ?1 /*scan*/;
