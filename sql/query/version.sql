-- name: version_add
INSERT INTO version (workspace, n, parent, job, author, prompt, summary, model, input_tokens,
    output_tokens, took_ms, verdict, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'good', ?12);
-- name: version_get
SELECT v.n, v.parent, v.job, v.author, v.prompt, v.summary, v.model, v.input_tokens,
    v.output_tokens, v.took_ms, v.verdict, v.created_at, coalesce(f.packages, '') <> '',
    coalesce(f.problem, '') FROM version v LEFT JOIN frozen f ON f.workspace = v.workspace
    AND f.version = v.n WHERE v.workspace = ?1 AND v.n = ?2;
-- name: version_list
SELECT v.n, v.parent, v.job, v.author, v.prompt, v.summary, v.model, v.input_tokens,
    v.output_tokens, v.took_ms, v.verdict, v.created_at, coalesce(f.packages, '') <> '',
    coalesce(f.problem, '') FROM version v LEFT JOIN frozen f ON f.workspace = v.workspace
    AND f.version = v.n WHERE v.workspace = ?1 ORDER BY v.n;
-- name: source_add_candidate
INSERT INTO source (workspace, version, path, text)
    SELECT ?1, ?2, path, text FROM candidate WHERE job = ?3;
-- name: source_get
SELECT path, text FROM source WHERE workspace = ?1 AND version = ?2 ORDER BY path;
-- name: candidate_get
SELECT path, text FROM candidate WHERE job = ?1 ORDER BY path;
-- name: candidate_add
INSERT INTO candidate (job, path, text) VALUES (?1, ?2, ?3);
-- name: candidate_copy
INSERT INTO candidate (job, path, text)
    SELECT ?1, path, text FROM source WHERE workspace = ?2 AND version = ?3;
-- name: candidate_clear
DELETE FROM candidate WHERE job = ?1;
