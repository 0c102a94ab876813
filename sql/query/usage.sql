-- name: meter_begin
-- One that goes on, of the same life and boot, goes on from where it was.
INSERT INTO meter (workspace, epoch, owner, kind, memory_mb, boot, counted_at)
    SELECT id, ?2, owner, kind, ?3, ?4, ?5 FROM workspace WHERE id = ?1
    ON CONFLICT (workspace) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,
    kind = excluded.kind, memory_mb = excluded.memory_mb, boot = excluded.boot,
    counted_at = excluded.counted_at, cpu_usec = 0, memory_bytes = 0
    WHERE meter.epoch <> excluded.epoch OR meter.boot <> excluded.boot;
-- name: meter_get
SELECT owner, kind, memory_mb, counted_at, cpu_usec FROM meter
    WHERE workspace = ?1 AND epoch = ?2 AND boot = ?3;
-- name: meter_list
SELECT m.workspace, m.epoch, m.owner, m.kind, m.memory_mb, m.memory_bytes, m.cpu_usec,
    coalesce(w.title, ''), coalesce(s.state, ''), s.started_at, s.last_activity_at,
    coalesce(n.disk_bytes, 0), coalesce(n.held_until, 0) FROM meter m /*scan*/
    LEFT JOIN workspace w ON w.id = m.workspace
    LEFT JOIN sandbox s ON s.workspace = m.workspace AND s.epoch = m.epoch
    LEFT JOIN notebook n ON n.workspace = m.workspace ORDER BY m.memory_bytes DESC;
-- name: meter_set
UPDATE meter SET counted_at = ?3, cpu_usec = max(cpu_usec, ?4),
    memory_bytes = CASE WHEN ?5 > 0 THEN ?5 ELSE memory_bytes END
    WHERE workspace = ?1 AND epoch = ?2;
-- name: meter_end
DELETE FROM meter WHERE workspace = ?1 AND epoch = ?2;
-- name: usage_add
INSERT INTO usage (workspace, epoch, hour, owner, kind, awake_ms, cpu_usec, memory_mb_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT DO UPDATE SET awake_ms = awake_ms + excluded.awake_ms,
    cpu_usec = cpu_usec + excluded.cpu_usec,
    memory_mb_ms = memory_mb_ms + excluded.memory_mb_ms;
-- name: disk_meter_get
SELECT counted_at FROM disk_meter WHERE id = 1 AND boot = ?1;
-- name: disk_meter_set
INSERT INTO disk_meter (id, boot, counted_at) VALUES (1, ?1, ?2)
    ON CONFLICT DO UPDATE SET boot = ?1, counted_at = ?2;
-- name: usage_add_disk
INSERT INTO usage (workspace, epoch, hour, owner, kind, disk_mb_ms)
    SELECT w.id, 0, ?1, w.owner, w.kind, (n.disk_bytes + coalesce((SELECT sum(p.bytes)
        FROM snapshot p WHERE p.workspace = w.id AND p.state = 'good'), 0)) / 1024 * ?2 / 1024
    FROM notebook n /*scan*/ JOIN workspace w ON w.id = n.workspace WHERE true
    ON CONFLICT DO UPDATE SET disk_mb_ms = disk_mb_ms + excluded.disk_mb_ms;
-- name: usage_hours
SELECT u.workspace, u.epoch, u.hour, u.owner, u.kind, '', u.awake_ms, u.cpu_usec,
    u.memory_mb_ms, u.disk_mb_ms, u.input_tokens, u.output_tokens FROM usage u
    WHERE u.hour >= ?1 AND u.hour < ?2 AND (?3 IS NULL OR u.owner = ?3)
    ORDER BY u.hour, u.owner, u.workspace, u.epoch;
-- name: usage_workspaces
SELECT u.workspace, 0, 0, u.owner, u.kind, coalesce((SELECT w.title FROM workspace w
    WHERE w.id = u.workspace), ''), sum(u.awake_ms), sum(u.cpu_usec), sum(u.memory_mb_ms),
    sum(u.disk_mb_ms), sum(u.input_tokens), sum(u.output_tokens) FROM usage u
    WHERE u.hour >= ?1 AND u.hour < ?2 AND (?3 IS NULL OR u.owner = ?3)
    GROUP BY u.owner, u.workspace ORDER BY u.owner, sum(u.memory_mb_ms) DESC, u.workspace;
-- name: usage_owners
SELECT '', 0, 0, u.owner, '', '', sum(u.awake_ms), sum(u.cpu_usec), sum(u.memory_mb_ms),
    sum(u.disk_mb_ms), sum(u.input_tokens), sum(u.output_tokens) FROM usage u
    WHERE u.hour >= ?1 AND u.hour < ?2 AND (?3 IS NULL OR u.owner = ?3)
    GROUP BY u.owner ORDER BY u.owner;
-- name: drain_get
SELECT since, until, by_whom FROM drain WHERE id = 1;
-- name: drain_set
INSERT INTO drain (id, since, until, by_whom) VALUES (1, ?1, ?2, ?3)
    ON CONFLICT DO UPDATE SET until = ?2, by_whom = ?3;
-- name: drain_clear
DELETE FROM drain WHERE id = 1;
-- name: drain_queue
-- Who waits for a sandbox is told that none comes.
UPDATE sandbox SET want = 'asleep', turn = NULL, reason = ?1 WHERE want = 'awake'
    AND state NOT IN ('provision', 'running')
    AND (state IN ('provision', 'running', 'failed') OR want = 'awake');
-- name: drain_sleep
UPDATE sandbox SET want = 'asleep', turn = NULL, reason = ?1 WHERE state IN ('provision', 'running')
    AND (state IN ('provision', 'running', 'failed') OR want = 'awake');
-- name: figure_sandboxes
SELECT w.kind, s.state, count(*) FROM sandbox s /*scan*/ JOIN workspace w
    ON w.id = s.workspace GROUP BY w.kind, s.state;
-- name: figure_workspaces
SELECT kind, count(*) FROM workspace /*scan*/ GROUP BY kind;
-- name: figure_unfrozen
SELECT count(*) FROM workspace w WHERE w.kind = 'app' AND w.current > 0 AND w.terminated_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM frozen f WHERE f.workspace = w.id AND f.version = w.current) /*scan*/;
-- name: figure_queue
SELECT count(*), coalesce(min(wanted_at), 0) FROM sandbox WHERE want = 'awake'
    AND (state IN ('provision', 'running', 'failed') OR want = 'awake')
    AND state NOT IN ('provision', 'running');
-- name: figure_jobs
SELECT kind, state, count(*) FROM job WHERE ended_at IS NULL GROUP BY kind, state;
-- name: figure_assists
SELECT kind, state, count(*) FROM assist WHERE ended_at IS NULL GROUP BY kind, state;
-- name: figure_tally
SELECT label, n, last_at FROM tally WHERE name = ?1 ORDER BY n DESC, label;
