-- name: sandbox_get
SELECT w.id, coalesce(s.state, 'absent'), coalesce(s.want, 'asleep'), coalesce(s.epoch, 0),
    coalesce(s.reason, ''), coalesce(s.memory_peak, 0), s.wanted_at, s.started_at, s.ready_at,
    s.first_request_at, s.last_activity_at, s.ended_at, w.current, w.title, w.terminated_at,
    w.kind, s.image, coalesce(s.request, '')
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id WHERE w.id = ?1;
-- name: sandbox_open
SELECT workspace FROM sandbox WHERE state IN ('provision', 'running', 'failed')
    OR want = 'awake' ORDER BY wanted_at;
-- name: sandbox_want
INSERT INTO sandbox (workspace, state, want, wanted_at, last_activity_at, request)
    VALUES (?1, 'absent', 'awake', ?2, ?2, ?3)
    ON CONFLICT (workspace) DO UPDATE SET want = 'awake', wanted_at = ?2, last_activity_at = ?2,
    request = CASE WHEN ?3 = '' THEN request ELSE ?3 END;
-- name: sandbox_is_there
SELECT 1 FROM sandbox WHERE workspace = ?1 AND state IN ('provision', 'running');
-- name: sandbox_rest
-- Why one ended that does not run any more stays as it is.
UPDATE sandbox SET want = 'asleep',
    reason = CASE WHEN state IN ('provision', 'running') THEN ?2 ELSE reason END
    WHERE workspace = ?1;
-- name: sandbox_provision
UPDATE sandbox SET state = 'provision', epoch = epoch + 1, started_at = ?2, ready_at = NULL,
    first_request_at = NULL, ended_at = NULL, memory_peak = 0, reason = ''
    WHERE workspace = ?1 RETURNING epoch;
-- name: sandbox_running
UPDATE sandbox SET state = 'running', ready_at = ?2, reason = '' WHERE workspace = ?1;
-- name: sandbox_ended
UPDATE sandbox SET state = ?2, want = 'asleep', reason = ?3, memory_peak = max(memory_peak, ?4),
    ended_at = ?5 WHERE workspace = ?1;
-- name: sandbox_active
UPDATE sandbox SET last_activity_at = max(coalesce(last_activity_at, 0), ?2),
    first_request_at = coalesce(first_request_at, ?2)
    WHERE workspace = ?1;
-- name: sandbox_count
SELECT count(*) FROM sandbox WHERE (state IN ('provision', 'running', 'failed')
    OR want = 'awake') AND state IN ('provision', 'running');
-- name: sandbox_set_image
UPDATE sandbox SET image = ?2 WHERE workspace = ?1;
-- name: sandbox_set_peak
UPDATE sandbox SET memory_peak = max(memory_peak, ?2) WHERE workspace = ?1;
