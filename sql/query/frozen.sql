-- name: frozen_get
SELECT packages, problem, bytes, took_ms, made_at FROM frozen
    WHERE workspace = ?1 AND version = ?2;
-- name: frozen_set
INSERT INTO frozen (workspace, version, packages, problem, bytes, took_ms, made_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (workspace, version) DO UPDATE SET packages = ?3, problem = ?4, bytes = ?5,
    took_ms = ?6, made_at = ?7, shot = 0;
-- name: frozen_verdict
UPDATE version SET verdict = ?3 WHERE workspace = ?1 AND n = ?2;
-- name: frozen_trim
DELETE FROM frozen WHERE workspace = ?1 AND packages <> '' AND version NOT IN
    (SELECT current FROM workspace WHERE id = ?1) AND version NOT IN
    (SELECT version FROM frozen WHERE workspace = ?1 AND packages <> ''
     ORDER BY version DESC LIMIT 3);
-- name: thaw_list
SELECT workspace, version FROM thaw ORDER BY workspace, version LIMIT 64 /*scan*/;
-- name: thaw_done
DELETE FROM thaw WHERE workspace = ?1 AND version = ?2;
-- name: shot_next
SELECT f.workspace, f.version FROM frozen f CROSS JOIN workspace w ON w.id = f.workspace
    AND w.current = f.version WHERE f.shot = 0 AND f.packages <> ''
    ORDER BY f.made_at DESC LIMIT 1;
-- name: shot_set
UPDATE frozen SET shot = ?3 WHERE workspace = ?1 AND version = ?2;
-- name: shot_get
SELECT shot FROM frozen WHERE workspace = ?1 AND version = ?2;
