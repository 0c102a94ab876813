-- What a model is asked for inside a notebook: one cell, or a goal that an agent works at.

CREATE TABLE assist (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,	-- order of asking
	id TEXT NOT NULL UNIQUE CHECK (length(id) = 26),
	workspace TEXT NOT NULL REFERENCES notebook (workspace) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('cell', 'agent')),
	-- writing: the model writes, and nothing has happened yet; running: an agent's steps
	state TEXT NOT NULL CHECK (state IN
	    ('queued', 'writing', 'running', 'done', 'failed', 'cancelled')),
	caller TEXT NOT NULL,
	prompt TEXT NOT NULL,
	tries INTEGER NOT NULL DEFAULT 0,	-- times a process took it up; bounded
	wants_cancel INTEGER NOT NULL DEFAULT 0 CHECK (wants_cancel IN (0, 1)),
	code TEXT,			-- the cell that is proposed
	summary TEXT,			-- for people, from the answer
	model TEXT,
	steps INTEGER NOT NULL DEFAULT 0,	-- begun so far
	steps_max INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL DEFAULT 0,	-- of all calls so far
	output_tokens INTEGER NOT NULL DEFAULT 0,
	tokens_max INTEGER NOT NULL,		-- for both together
	error_kind TEXT,		-- of err.def, or 'answer', when failed
	error_text TEXT,
	retry_after INTEGER,		-- seconds
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	ended_at INTEGER,
	CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled'))),
	CHECK ((error_kind IS NOT NULL) = (state IN ('failed', 'cancelled'))),
	CHECK (kind = 'agent' OR (state <> 'running' AND steps_max = 0)),
	CHECK (steps BETWEEN 0 AND steps_max)
) STRICT;
CREATE INDEX assist_open ON assist (state, seq) WHERE ended_at IS NULL;
CREATE INDEX assist_by_workspace ON assist (workspace, seq);

-- What an agent had run.
CREATE TABLE assist_step (
	assist TEXT NOT NULL REFERENCES assist (id) ON DELETE CASCADE,
	n INTEGER NOT NULL CHECK (n >= 1),
	code TEXT NOT NULL,
	output TEXT,			-- shortened; NULL: it runs
	success INTEGER CHECK (success IN (0, 1)),
	took_ms INTEGER,
	tokens INTEGER NOT NULL,	-- of the call that wrote it, input and output
	PRIMARY KEY (assist, n),
	CHECK ((output IS NULL) = (success IS NULL))
) STRICT, WITHOUT ROWID;
