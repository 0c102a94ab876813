-- name: account_get
SELECT owner, tier, memory_mb, cpu_percent, pids, disk_mb, disk_files, idle_s, hibernate_s,
    evict_s, cell_s, sandboxes, creates_minute, creates_day, agent_tokens_day, snapshot_mb
    FROM account WHERE owner = ?1;
-- name: account_list
SELECT owner, tier, memory_mb, cpu_percent, pids, disk_mb, disk_files, idle_s, hibernate_s,
    evict_s, cell_s, sandboxes, creates_minute, creates_day, agent_tokens_day, snapshot_mb
    FROM account ORDER BY owner /*scan*/;
-- name: account_set
INSERT INTO account (owner, tier, changed_at, memory_mb, cpu_percent, pids, disk_mb,
    disk_files, idle_s, hibernate_s, evict_s, cell_s, sandboxes, creates_minute, creates_day,
    agent_tokens_day, snapshot_mb)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
    ON CONFLICT (owner) DO UPDATE SET tier = excluded.tier, changed_at = excluded.changed_at,
    memory_mb = excluded.memory_mb, cpu_percent = excluded.cpu_percent, pids = excluded.pids,
    disk_mb = excluded.disk_mb, disk_files = excluded.disk_files, idle_s = excluded.idle_s,
    hibernate_s = excluded.hibernate_s, evict_s = excluded.evict_s, cell_s = excluded.cell_s,
    sandboxes = excluded.sandboxes, creates_minute = excluded.creates_minute,
    creates_day = excluded.creates_day, agent_tokens_day = excluded.agent_tokens_day,
    snapshot_mb = excluded.snapshot_mb;
-- name: account_delete
DELETE FROM account WHERE owner = ?1;
-- name: account_of
-- Whose a workspace is, what kind, and what was chosen for it.
SELECT w.owner, w.kind, coalesce(n.tier, 'own') FROM workspace w
    LEFT JOIN notebook n ON n.workspace = w.id WHERE w.id = ?1;
-- name: creation_use
-- How many since two times, and the first of them.
SELECT count(*) FILTER (WHERE at > ?2), coalesce(min(at) FILTER (WHERE at > ?2), 0), count(*),
    coalesce(min(at), 0) FROM creation WHERE owner = ?1 AND at > ?3;
-- name: creation_add
INSERT INTO creation (owner, at) VALUES (?1, ?2);
-- name: creation_drop
DELETE FROM creation WHERE owner = ?1 AND at <= ?2;
-- name: spent_use
SELECT coalesce(sum(tokens), 0), coalesce(min(hour), 0) FROM spent
    WHERE owner = ?1 AND hour > ?2;
-- name: spent_open
-- What those that run may still spend.
SELECT coalesce(sum(max(0, a.tokens_max - a.input_tokens - a.output_tokens)), 0)
    FROM assist a JOIN workspace w ON w.id = a.workspace
    WHERE a.ended_at IS NULL AND w.owner = ?1 /*scan*/;
-- name: spent_drop
DELETE FROM spent WHERE owner = ?1 AND hour <= ?2;
