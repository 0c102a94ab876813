-- name: message_add
INSERT INTO message (workspace, job, type, content, version, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: message_list
SELECT m.seq, m.job, m.type, m.content, m.version, m.created_at, j.state, j.error_kind,
    j.kind, j.verdict, j.image_type
    FROM message m JOIN job j ON j.id = m.job WHERE m.workspace = ?1 ORDER BY m.seq;
