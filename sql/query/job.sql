-- name: job_add
INSERT INTO job (id, workspace, kind, state, caller, prompt, base, image, image_type, created_at,
    request) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);
-- name: job_get
SELECT id, workspace, kind, state, caller, prompt, base, image_type, tries, repairs,
    wants_cancel, answer, verdict, summary, model, input_tokens, output_tokens, version,
    error_kind, error_text, retry_after, created_at, started_at, ended_at, request
    FROM job WHERE id = ?1;
-- name: job_image
SELECT image, image_type FROM job WHERE id = ?1 AND image IS NOT NULL;
-- name: job_open_count
SELECT count(*) FROM job WHERE workspace = ?1 AND ended_at IS NULL;
-- name: job_last
SELECT id FROM job WHERE workspace = ?1 ORDER BY seq DESC LIMIT 1;
-- name: job_first_open
SELECT id FROM job WHERE workspace = ?1 AND ended_at IS NULL ORDER BY seq LIMIT 1;
-- name: job_next
SELECT j.id FROM job j WHERE j.state = ?1 AND j.kind = 'write' AND j.ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM job o WHERE o.workspace = j.workspace
        AND o.ended_at IS NULL AND o.seq < j.seq)
    ORDER BY j.seq LIMIT 1;
-- name: job_restore_next
SELECT j.id FROM job j WHERE j.state = 'queued' AND j.kind = 'restore' AND j.ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM job o WHERE o.workspace = j.workspace
        AND o.ended_at IS NULL AND o.seq < j.seq)
    ORDER BY j.seq LIMIT 1;
-- name: job_stranded
SELECT DISTINCT j.workspace FROM job j LEFT JOIN sandbox s ON s.workspace = j.workspace
    WHERE j.state IN ('judging', 'queued') AND j.ended_at IS NULL
    AND (j.state = 'judging' OR j.kind = 'restore') AND coalesce(s.want, 'asleep') = 'asleep';
-- name: job_expired
SELECT id FROM job WHERE state IN ('queued', 'writing', 'judging') AND ended_at IS NULL
    AND started_at < ?1 ORDER BY seq;
-- name: job_unheard
SELECT id FROM job WHERE state = 'queued' AND ended_at IS NULL AND kind = 'write'
    AND created_at < ?1 ORDER BY seq;
-- name: job_place
SELECT count(*) FROM job WHERE state = 'queued' AND ended_at IS NULL
    AND seq < (SELECT seq FROM job WHERE id = ?1);
-- name: job_start
UPDATE job SET state = 'writing', tries = tries + 1,
    started_at = coalesce(started_at, ?2), base = (SELECT current FROM workspace
    WHERE id = job.workspace), model = ?3
    WHERE id = ?1 AND state = 'queued';
-- name: job_requeue_writing
UPDATE job SET state = 'queued' WHERE state = 'writing' AND ended_at IS NULL;
-- name: job_candidate
UPDATE job SET state = 'judging', answer = ?2, summary = ?3, input_tokens = input_tokens + ?4,
    output_tokens = output_tokens + ?5, verdict = NULL,
    started_at = coalesce(started_at, ?6)
    WHERE id = ?1 AND state IN ('writing', 'queued');
-- name: job_repair
UPDATE job SET state = 'queued', verdict = ?2, repairs = repairs + 1
    WHERE id = ?1 AND state = 'judging';
-- name: job_done
UPDATE job SET state = 'done', version = ?2, ended_at = ?3
    WHERE id = ?1 AND ended_at IS NULL;
-- name: job_fail
UPDATE job SET state = ?2, error_kind = ?3, error_text = ?4, retry_after = ?5, ended_at = ?6,
    input_tokens = input_tokens + ?7, output_tokens = output_tokens + ?8
    WHERE id = ?1 AND ended_at IS NULL;
-- name: job_cancel
UPDATE job SET wants_cancel = 1 WHERE workspace = ?1 AND ended_at IS NULL
    AND wants_cancel = 0 RETURNING id;
-- name: job_cancelled
SELECT id, workspace, state FROM job WHERE wants_cancel = 1 AND ended_at IS NULL;
-- name: job_history
SELECT prompt, coalesce(summary, '') FROM (SELECT seq, prompt, summary FROM job
    WHERE workspace = ?1 AND state = 'done' AND kind = 'write' ORDER BY seq DESC LIMIT ?2)
    ORDER BY seq;
-- name: job_restore_start
UPDATE job SET state = 'judging', started_at = ?2, tries = 1
    WHERE id = ?1 AND state = 'queued' AND kind = 'restore';
-- name: job_set_user
UPDATE job SET user_id = ?2 WHERE id = ?1;
-- name: job_set_verdict
UPDATE job SET verdict = ?2 WHERE id = ?1;
