-- name: workspace_add
INSERT INTO workspace (id, kind, title, owner, user_id, parent, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7);
-- name: workspace_get
SELECT w.id, w.kind, w.title, w.owner, w.user_id, w.parent, w.is_featured, w.current,
    w.versions, w.is_tried, w.created_at, w.updated_at, w.terminated_at,
    coalesce(s.state, 'absent'), coalesce(s.reason, ''), s.last_activity_at,
    (SELECT j.id FROM job j WHERE j.workspace = w.id AND j.ended_at IS NULL
     ORDER BY j.seq LIMIT 1)
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id WHERE w.id = ?1;
-- name: workspace_each
SELECT id, title, is_featured, current, is_tried, terminated_at FROM workspace
    WHERE kind = ?1 ORDER BY updated_at DESC;
-- name: workspace_list
SELECT w.id, w.kind, w.title, w.owner, w.user_id, w.parent, w.is_featured, w.current,
    w.versions, w.is_tried, w.created_at, w.updated_at, w.terminated_at,
    coalesce(s.state, 'absent'), coalesce(s.reason, ''), s.last_activity_at, NULL
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id
    WHERE w.kind = ?1 AND (?2 = 0 OR w.is_featured = 1)
    AND (?3 = '' OR instr(lower(w.title), lower(?3)))
    ORDER BY w.updated_at DESC, w.id LIMIT ?4 OFFSET ?5;
-- name: workspace_list_by_title
SELECT w.id, w.kind, w.title, w.owner, w.user_id, w.parent, w.is_featured, w.current,
    w.versions, w.is_tried, w.created_at, w.updated_at, w.terminated_at,
    coalesce(s.state, 'absent'), coalesce(s.reason, ''), s.last_activity_at, NULL
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id
    WHERE w.kind = ?1 AND (?2 = 0 OR w.is_featured = 1)
    AND (?3 = '' OR instr(lower(w.title), lower(?3)))
    ORDER BY w.title COLLATE NOCASE, w.id LIMIT ?4 OFFSET ?5 /*scan*/;
-- name: workspace_list_by_creation
SELECT w.id, w.kind, w.title, w.owner, w.user_id, w.parent, w.is_featured, w.current,
    w.versions, w.is_tried, w.created_at, w.updated_at, w.terminated_at,
    coalesce(s.state, 'absent'), coalesce(s.reason, ''), s.last_activity_at, NULL
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id
    WHERE w.kind = ?1 AND (?2 = 0 OR w.is_featured = 1)
    AND (?3 = '' OR instr(lower(w.title), lower(?3)))
    ORDER BY w.created_at DESC, w.id LIMIT ?4 OFFSET ?5 /*scan*/;
-- name: workspace_count
SELECT count(*), coalesce(sum(s.state = 'running'), 0)
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id WHERE w.kind = ?1 /*scan*/;
-- name: workspace_set_title
UPDATE workspace SET title = ?2, updated_at = ?3 WHERE id = ?1;
-- name: workspace_set_featured
UPDATE workspace SET is_featured = ?2 WHERE id = ?1;
-- name: workspace_set_terminated
UPDATE workspace SET terminated_at = ?2 WHERE id = ?1;
-- name: workspace_set_current
UPDATE workspace SET current = ?2, versions = ?2, is_tried = 1, updated_at = ?3,
    terminated_at = NULL WHERE id = ?1;
-- name: workspace_set_tried
UPDATE workspace SET is_tried = 1, updated_at = ?2 WHERE id = ?1;
-- name: workspace_touch
UPDATE workspace SET updated_at = ?2, terminated_at = NULL WHERE id = ?1;
-- name: workspace_delete
DELETE FROM workspace WHERE id = ?1;
-- name: workspace_versions
SELECT versions FROM workspace WHERE id = ?1;
