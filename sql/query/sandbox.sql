-- name: sandbox_get
SELECT w.id, coalesce(s.state, 'absent'), coalesce(s.want, 'asleep'), coalesce(s.epoch, 0),
    coalesce(s.reason, ''), coalesce(s.memory_peak, 0), s.wanted_at, s.started_at, s.ready_at,
    s.first_request_at, s.last_activity_at, s.ended_at, w.current, w.title, w.terminated_at,
    w.kind, s.image, s.turn, coalesce(s.memory_now, 0), coalesce(s.request, '')
    FROM workspace w LEFT JOIN sandbox s ON s.workspace = w.id WHERE w.id = ?1;
-- name: sandbox_open
SELECT workspace FROM sandbox WHERE state IN ('provision', 'running', 'failed')
    OR want = 'awake' ORDER BY wanted_at;
-- name: sandbox_want
INSERT INTO sandbox (workspace, state, want, wanted_at, last_activity_at, request)
    VALUES (?1, 'absent', 'awake', ?2, ?2, ?3)
    ON CONFLICT (workspace) DO UPDATE SET want = 'awake', last_activity_at = ?2,
    request = CASE WHEN ?3 = '' THEN request ELSE ?3 END,
    -- Whoever waits already and asks again keeps the place.
    wanted_at = CASE WHEN want = 'awake' AND turn IS NOT NULL THEN wanted_at ELSE ?2 END;
-- name: sandbox_is_there
SELECT 1 FROM sandbox WHERE workspace = ?1 AND state IN ('provision', 'running');
-- name: sandbox_rest
-- Why one ended that does not run any more stays as it is.
UPDATE sandbox SET want = 'asleep', turn = NULL,
    reason = CASE WHEN state IN ('provision', 'running') THEN ?2 ELSE reason END
    WHERE workspace = ?1;
-- name: sandbox_provision
UPDATE sandbox SET state = 'provision', epoch = epoch + 1, started_at = ?2, ready_at = NULL,
    first_request_at = NULL, ended_at = NULL, memory_peak = 0, memory_now = 0, reason = '', turn = NULL
    WHERE workspace = ?1 RETURNING epoch;
-- name: sandbox_running
UPDATE sandbox SET state = 'running', ready_at = ?2, reason = '' WHERE workspace = ?1;
-- name: sandbox_ended
UPDATE sandbox SET state = ?2, want = 'asleep', reason = ?3, memory_peak = max(memory_peak, ?4),
    ended_at = ?5, turn = NULL, memory_now = 0 WHERE workspace = ?1;
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
UPDATE sandbox SET memory_peak = max(memory_peak, ?2), memory_now = ?3 WHERE workspace = ?1;
-- name: sandbox_waiting
SELECT s.workspace, w.owner, w.kind, s.turn, s.wanted_at, s.ready_at IS NOT NULL, s.reason
    FROM sandbox s JOIN workspace w ON w.id = s.workspace WHERE s.want = 'awake'
    AND s.state IN ('absent', 'hibernated', 'evicted', 'failed') AND w.terminated_at IS NULL
    ORDER BY s.turn, s.wanted_at, s.workspace LIMIT ?1 /*scan*/;
-- name: sandbox_lost
SELECT workspace FROM sandbox WHERE (state IN ('provision', 'running', 'failed')
    OR want = 'awake') AND state IN ('provision', 'running');
-- name: sandbox_set_turn
UPDATE sandbox SET turn = ?2, reason = ?3 WHERE workspace = ?1 AND want = 'awake';
-- name: sandbox_place
-- Those before it in the line, and how fast that moves.
SELECT (SELECT count(*) FROM sandbox o WHERE o.want = 'awake' AND o.turn < s.turn), p.gap_ms,
    p.boot_ms, p.why FROM sandbox s, pace p WHERE s.workspace = ?1 AND s.want = 'awake'
    AND s.turn IS NOT NULL AND p.one = 1;
-- name: sandbox_line
SELECT (SELECT count(*) FROM sandbox WHERE want = 'awake' AND turn IS NOT NULL), gap_ms, boot_ms
    FROM pace WHERE one = 1;
-- name: sandbox_set_pace
UPDATE pace SET gap_ms = ?1, boot_ms = ?2, why = ?3, at = ?4 WHERE one = 1;
-- name: sandbox_asleep
SELECT s.workspace, w.owner, n.tier, s.ended_at FROM sandbox s
    JOIN workspace w ON w.id = s.workspace JOIN notebook n ON n.workspace = s.workspace
    WHERE s.state = 'hibernated' AND s.want = 'asleep' ORDER BY w.owner, n.tier /*scan*/;
-- name: sandbox_evict
UPDATE sandbox SET state = 'evicted', image = NULL, reason = ?2 WHERE workspace = ?1
    AND state = 'hibernated' AND want = 'asleep';
