-- name: assist_add
INSERT INTO assist (id, workspace, kind, state, caller, prompt, steps_max, tokens_max,
    created_at, request) VALUES (?1, ?2, ?3, 'queued', ?4, ?5, ?6, ?7, ?8, ?9);
-- name: assist_get
SELECT id, workspace, kind, state, caller, prompt, tries, wants_cancel, code, summary, model,
    steps, steps_max, input_tokens, output_tokens, tokens_max, error_kind, error_text,
    retry_after, created_at, started_at, ended_at, request FROM assist WHERE id = ?1;
-- name: assist_last
SELECT id FROM assist WHERE workspace = ?1 ORDER BY seq DESC LIMIT 1;
-- name: assist_open_count
SELECT count(*) FROM assist WHERE workspace = ?1 AND ended_at IS NULL;
-- name: assist_next
SELECT a.id FROM assist a WHERE a.state = 'queued' AND a.ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM assist o WHERE o.workspace = a.workspace
        AND o.kind = a.kind AND o.ended_at IS NULL AND o.seq < a.seq)
    ORDER BY a.seq LIMIT 1;
-- name: assist_place
SELECT count(*) FROM assist WHERE state = 'queued' AND ended_at IS NULL
    AND seq < (SELECT seq FROM assist WHERE id = ?1);
-- name: assist_start
UPDATE assist SET state = 'writing', tries = tries + 1,
    started_at = coalesce(started_at, ?2), model = ?3 WHERE id = ?1 AND state = 'queued';
-- name: assist_requeue
UPDATE assist SET state = 'queued' WHERE state = 'writing' AND ended_at IS NULL;
-- name: assist_taken
SELECT id FROM assist WHERE state IN ('writing', 'running') AND ended_at IS NULL
    ORDER BY seq;
-- name: assist_unheard
SELECT id FROM assist WHERE ended_at IS NULL AND created_at < ?1 ORDER BY seq /*scan*/;
-- name: assist_cancel
UPDATE assist SET wants_cancel = 1 WHERE id = ?1 AND workspace = ?2 AND ended_at IS NULL;
-- name: assist_cancelled
SELECT id FROM assist WHERE wants_cancel = 1 AND ended_at IS NULL;
-- name: assist_done
UPDATE assist SET state = 'done', code = ?2, summary = ?3, input_tokens = input_tokens + ?4,
    output_tokens = output_tokens + ?5, ended_at = ?6
    WHERE id = ?1 AND state IN ('writing', 'running');
-- name: assist_fail
UPDATE assist SET state = ?2, error_kind = ?3, error_text = ?4, retry_after = ?5,
    input_tokens = input_tokens + ?6, output_tokens = output_tokens + ?7, ended_at = ?8
    WHERE id = ?1 AND ended_at IS NULL;
-- name: assist_count_step
UPDATE assist SET state = 'running', steps = steps + 1, input_tokens = input_tokens + ?2,
    output_tokens = output_tokens + ?3
    WHERE id = ?1 AND state IN ('writing', 'running');
-- name: assist_step_add
INSERT INTO assist_step (assist, n, code, tokens)
    VALUES (?1, (SELECT steps FROM assist WHERE id = ?1), ?2, ?3) RETURNING n;
-- name: assist_step_end
UPDATE assist_step SET output = ?2, success = ?3, took_ms = ?4
    WHERE assist = ?1 AND output IS NULL;
-- name: assist_step_list
SELECT n, code, output, success, took_ms, tokens FROM assist_step WHERE assist = ?1 ORDER BY n;
