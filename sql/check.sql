-- Invariants of the store; every query must return no rows.

-- name: current_exists
SELECT w.id FROM workspace w WHERE w.current IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM version v WHERE v.workspace = w.id AND v.n = w.current);
-- name: versions_counted
SELECT w.id FROM workspace w
    WHERE w.versions <> (SELECT count(*) FROM version v WHERE v.workspace = w.id);
-- name: versions_have_source
SELECT v.workspace, v.n FROM version v WHERE NOT EXISTS (SELECT 1 FROM source s
    WHERE s.workspace = v.workspace AND s.version = v.n);
-- name: one_job_at_a_time
SELECT workspace FROM job WHERE state IN ('writing', 'judging') GROUP BY workspace
    HAVING count(*) > 1;
-- name: done_jobs_made_versions
SELECT j.id FROM job j WHERE j.state = 'done' AND NOT EXISTS (SELECT 1 FROM version v
    WHERE v.workspace = j.workspace AND v.n = j.version);
-- name: ended_jobs_hold_no_candidate
SELECT c.job FROM candidate c JOIN job j ON j.id = c.job WHERE j.ended_at IS NOT NULL;
-- name: ended_jobs_were_answered
SELECT j.id FROM job j WHERE j.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message m
    WHERE m.job = j.id AND m.type = 'assistant');
-- name: judging_jobs_have_candidates
SELECT j.id FROM job j WHERE j.state = 'judging' AND NOT EXISTS (SELECT 1 FROM candidate c
    WHERE c.job = j.id);
-- name: foreign_keys
SELECT "table", rowid, parent FROM pragma_foreign_key_check();
-- name: notebooks_are_whole
SELECT w.id FROM workspace w LEFT JOIN notebook n ON n.workspace = w.id
    WHERE (w.kind = 'notebook') <> (n.workspace IS NOT NULL);
-- name: hibernated_have_an_image
SELECT s.workspace FROM sandbox s WHERE s.state = 'hibernated' AND NOT EXISTS
    (SELECT 1 FROM snapshot p WHERE p.id = s.image AND p.state = 'good');
-- name: one_assist_of_a_kind_at_a_time
SELECT workspace FROM assist WHERE state IN ('writing', 'running') GROUP BY workspace, kind
    HAVING count(*) > 1;
-- name: assist_steps_counted
SELECT a.id FROM assist a
    WHERE a.steps <> (SELECT count(*) FROM assist_step s WHERE s.assist = a.id);
-- name: ended_assists_run_nothing
SELECT a.id FROM assist a JOIN assist_step s ON s.assist = a.id
    WHERE a.ended_at IS NOT NULL AND s.output IS NULL;
-- name: proposals_are_there
SELECT id FROM assist WHERE state = 'done' AND kind = 'cell' AND (code IS NULL OR code = '');
