-- The first schema.  Times are wall-clock milliseconds since 1970; ids are 26 characters of
-- a-z2-7 (128 random bits).

CREATE TABLE workspace (
	id TEXT PRIMARY KEY CHECK (length(id) = 26),
	kind TEXT NOT NULL CHECK (kind IN ('app', 'notebook')),
	title TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
	owner TEXT NOT NULL,		-- who made it: 'local', or 'key-' and 8 hex digits
	user_id TEXT,			-- what a program gave as its own user's id; not interpreted
	parent TEXT,			-- the workspace it was duplicated from; may be gone
	is_featured INTEGER NOT NULL DEFAULT 0 CHECK (is_featured IN (0, 1)),
	current INTEGER,		-- the version that is live; NULL before the first
	versions INTEGER NOT NULL DEFAULT 0,	-- the highest version number so far
	is_tried INTEGER NOT NULL DEFAULT 0 CHECK (is_tried IN (0, 1)),	-- a first job has ended
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	terminated_at INTEGER,		-- stopped by terminate; the next write or open clears it
	FOREIGN KEY (id, current) REFERENCES version (workspace, n) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX workspace_by_update ON workspace (updated_at DESC);
CREATE INDEX workspace_by_featured ON workspace (updated_at DESC) WHERE is_featured = 1;

CREATE TABLE job (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,	-- order of asking
	id TEXT NOT NULL UNIQUE CHECK (length(id) = 26),
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('write', 'restore')),
	state TEXT NOT NULL CHECK (state IN
	    ('queued', 'writing', 'judging', 'done', 'failed', 'cancelled')),
	caller TEXT NOT NULL,
	user_id TEXT,			-- what a program gave as its own user's id; not interpreted
	prompt TEXT NOT NULL,
	base INTEGER,			-- the version it changes (write) or brings back (restore)
	image BLOB,			-- a picture that came with the prompt
	image_type TEXT,		-- its media type
	tries INTEGER NOT NULL DEFAULT 0,	-- times a process took it up; bounded
	repairs INTEGER NOT NULL DEFAULT 0,	-- answers sent back with the compiler's error
	wants_cancel INTEGER NOT NULL DEFAULT 0 CHECK (wants_cancel IN (0, 1)),
	answer TEXT,			-- the last answer of the model, as it came
	verdict TEXT,			-- the judge's JSON on that answer, if it was bad
	summary TEXT,			-- one sentence for people, from the answer
	model TEXT,
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	version INTEGER,		-- what it made, when done
	error_kind TEXT,		-- of err.def, or 'compile' or 'answer', when failed
	error_text TEXT,
	retry_after INTEGER,		-- seconds
	created_at INTEGER NOT NULL,
	started_at INTEGER,
	ended_at INTEGER,
	CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
) STRICT;
CREATE INDEX job_open ON job (state, seq) WHERE ended_at IS NULL;
CREATE INDEX job_by_workspace ON job (workspace, seq);

-- What a judging job would put in place.
CREATE TABLE candidate (
	job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	path TEXT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (job, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE version (
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	n INTEGER NOT NULL CHECK (n >= 1),
	parent INTEGER,			-- the version it was made from
	job TEXT NOT NULL,
	author TEXT NOT NULL,		-- caller who asked for it
	prompt TEXT NOT NULL,
	summary TEXT NOT NULL,
	model TEXT,			-- NULL: no model was asked (a restore, a duplicate)
	input_tokens INTEGER NOT NULL DEFAULT 0,
	output_tokens INTEGER NOT NULL DEFAULT 0,
	took_ms INTEGER NOT NULL DEFAULT 0,	-- from the prompt to the live version
	verdict TEXT NOT NULL CHECK (verdict IN ('good', 'marked')),
	created_at INTEGER NOT NULL,
	PRIMARY KEY (workspace, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
	workspace TEXT NOT NULL,
	version INTEGER NOT NULL,
	path TEXT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (workspace, version, path),
	FOREIGN KEY (workspace, version) REFERENCES version (workspace, n) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	type TEXT NOT NULL CHECK (type IN ('user', 'assistant')),
	content TEXT NOT NULL,
	version INTEGER,		-- the version this answer made; NULL: none, see the job
	created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_by_workspace ON message (workspace, seq);
CREATE INDEX message_by_job ON message (job);

-- The life of the one sandbox a workspace may have; no row: never had one.
CREATE TABLE sandbox (
	workspace TEXT PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
	state TEXT NOT NULL CHECK (state IN ('absent', 'provision', 'running', 'failed')),
	want TEXT NOT NULL CHECK (want IN ('awake', 'asleep')),
	epoch INTEGER NOT NULL DEFAULT 0,	-- counts its lives
	reason TEXT NOT NULL DEFAULT '',	-- why it is absent or failed, for people
	memory_peak INTEGER NOT NULL DEFAULT 0,	-- bytes, of this or the last life
	wanted_at INTEGER,
	started_at INTEGER,
	ready_at INTEGER,
	first_request_at INTEGER,
	last_activity_at INTEGER,
	ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sandbox_open ON sandbox (workspace) WHERE state <> 'absent' OR want = 'awake';

-- One reply for one key, for 24 hours.
CREATE TABLE idempotency (
	caller TEXT NOT NULL,
	route TEXT NOT NULL,		-- 'create', or 'write/' and the workspace's id
	key TEXT NOT NULL,
	body_hash BLOB NOT NULL,
	workspace TEXT NOT NULL,
	job TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (caller, route, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE session (
	token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
	caller TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_expiry ON session (expires_at);

-- What was done by whom; the audit.
CREATE TABLE event (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL,
	caller TEXT NOT NULL,
	verb TEXT NOT NULL,
	workspace TEXT,
	detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX event_by_workspace ON event (workspace, seq);

-- Duties that must not run twice at once.
CREATE TABLE lease (
	name TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
