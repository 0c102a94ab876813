-- name: notebook_add
INSERT INTO notebook (workspace, token_hash, template, tier, disk_mb, disk_files)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: notebook_get
SELECT n.workspace, n.template, n.tier, n.visibility, n.has_terminal, n.held_until,
    n.volume_wanted_at, n.disk_mb, n.disk_files, n.disk_bytes, n.restore, n.notice
    FROM notebook n WHERE n.workspace = ?1;
-- name: notebook_has_token
SELECT 1 FROM notebook WHERE token_hash = ?1 AND workspace = ?2;
-- name: notebook_set_token
UPDATE notebook SET token_hash = ?2 WHERE workspace = ?1;
-- name: notebook_set_visibility
UPDATE notebook SET visibility = ?2 WHERE workspace = ?1;
-- name: notebook_set_terminal
UPDATE notebook SET has_terminal = ?2 WHERE workspace = ?1;
-- name: notebook_set_hold
UPDATE notebook SET held_until = ?2 WHERE workspace = ?1;
-- name: notebook_set_volume_wanted
UPDATE notebook SET volume_wanted_at = ?2 WHERE workspace = ?1;
-- name: notebook_set_disk
UPDATE notebook SET disk_bytes = ?2 WHERE workspace = ?1;
-- name: notebook_set_restore
UPDATE notebook SET restore = ?2 WHERE workspace = ?1;
-- name: notebook_set_notice
UPDATE notebook SET notice = ?2 WHERE workspace = ?1;
-- name: notebook_volumes
SELECT workspace FROM notebook WHERE volume_wanted_at > ?1;
-- name: notebook_restoring
SELECT workspace FROM notebook WHERE restore IS NOT NULL;
-- name: notebook_list
SELECT w.id, w.title, coalesce(s.state, 'absent'), coalesce(s.reason, ''), n.notice,
    n.visibility, w.created_at, w.updated_at, s.last_activity_at, n.held_until, n.disk_bytes,
    n.template, coalesce(s.want = 'awake', 0), coalesce(s.memory_now, 0)
    FROM notebook n JOIN workspace w ON w.id = n.workspace
    LEFT JOIN sandbox s ON s.workspace = n.workspace
    WHERE (?1 = '' OR instr(lower(w.title), lower(?1)))
    AND (?2 = '' OR ?2 = CASE WHEN s.state = 'running'
    AND coalesce(s.last_activity_at, 0) < ?3 THEN 'idle' ELSE coalesce(s.state, 'absent') END
    OR ?2 = CASE WHEN s.want = 'awake' OR s.state IN ('provision', 'running') THEN 'awake'
    ELSE 'asleep' END)
    ORDER BY CASE ?4 WHEN 0 THEN -w.updated_at WHEN 2 THEN -w.created_at
    WHEN 3 THEN -max(w.updated_at, coalesce(s.last_activity_at, 0)) END,
    CASE ?4 WHEN 1 THEN w.title END COLLATE NOCASE, w.id LIMIT ?5 OFFSET ?6 /*scan*/;
-- name: notebook_file_add
INSERT INTO notebook_file (workspace, path, text) VALUES (?1, ?2, ?3);
-- name: notebook_files
SELECT path, text FROM notebook_file WHERE workspace = ?1 ORDER BY path;
-- name: snapshot_add
INSERT INTO snapshot (id, workspace, kind, state, created_at) VALUES (?1, ?2, ?3, 'wanted', ?4);
-- name: snapshot_get
SELECT id, workspace, kind, state, bytes, reason, created_at, made_at FROM snapshot
    WHERE id = ?1;
-- name: snapshot_list
SELECT id, workspace, kind, state, bytes, reason, created_at, made_at FROM snapshot
    WHERE workspace = ?1 ORDER BY created_at DESC, id;
-- name: snapshot_kept
SELECT coalesce(sum(bytes), 0) FROM snapshot
    WHERE workspace = ?1 AND kind = 'hand' AND state = 'good';
-- name: snapshot_wanted
SELECT id FROM snapshot WHERE workspace = ?1 AND state = 'wanted'
    ORDER BY kind = 'sleep' DESC, created_at LIMIT 1;
-- name: snapshot_made
UPDATE snapshot SET state = 'good', bytes = ?2, made_at = ?3 WHERE id = ?1 AND state = 'wanted';
-- name: snapshot_failed
UPDATE snapshot SET state = 'failed', reason = ?2, made_at = ?3
    WHERE id = ?1 AND state = 'wanted';
-- name: snapshot_delete
DELETE FROM snapshot WHERE id = ?1;
-- name: snapshot_drop_sleep
DELETE FROM snapshot WHERE workspace = ?1 AND kind = 'sleep' AND id <> ?2;
-- name: snapshot_drop_auto
DELETE FROM snapshot WHERE workspace = ?1 AND kind = 'auto' AND id <> ?2;
-- name: snapshot_auto
SELECT id, workspace, kind, state, bytes, reason, created_at, made_at FROM snapshot
    WHERE workspace = ?1 AND kind = 'auto' AND state = 'good' ORDER BY created_at DESC LIMIT 1;
-- name: snapshot_waiting_all
SELECT DISTINCT workspace FROM snapshot INDEXED BY snapshot_wanted WHERE state = 'wanted';
-- name: share_add
INSERT INTO share (id, workspace, kind, token_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: share_list
SELECT id, workspace, kind, created_at FROM share WHERE workspace = ?1 ORDER BY created_at, id;
-- name: share_get
SELECT id, workspace, kind, created_at FROM share WHERE token_hash = ?1;
-- name: share_delete
DELETE FROM share WHERE id = ?1 AND workspace = ?2;
-- name: pass_add
INSERT INTO pass (token_hash, workspace, kind, share, is_ticket, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: pass_get
SELECT workspace, kind, share, expires_at FROM pass
    WHERE token_hash = ?1 AND is_ticket = 0 AND expires_at > ?2;
-- name: pass_trim
DELETE FROM pass WHERE token_hash IN (SELECT token_hash FROM pass WHERE workspace = ?1
    AND share IS ?2 AND is_ticket = 0 ORDER BY expires_at DESC LIMIT -1 OFFSET ?3);
-- name: pass_has_ticket
SELECT 1 FROM pass WHERE token_hash = ?1 AND is_ticket = 1;
-- name: pass_use_ticket
DELETE FROM pass WHERE token_hash = ?1 AND is_ticket = 1
    RETURNING workspace, kind, share, expires_at;
-- name: pass_drop_all
DELETE FROM pass WHERE workspace = ?1 AND share IS NULL;
-- name: pass_expire
DELETE FROM pass WHERE expires_at <= ?1;
-- name: erasure_add
INSERT OR IGNORE INTO erasure (workspace, image) VALUES (?1, ?2);
-- name: erasure_list
SELECT workspace, image FROM erasure ORDER BY workspace, image LIMIT 64 /*scan*/;
-- name: erasure_done
DELETE FROM erasure WHERE workspace = ?1 AND image = ?2;
