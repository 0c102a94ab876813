-- Notebooks: workspaces whose truth is a volume and, while they sleep, the memory of their
-- kernel.

-- A checkpoint of a sandbox: var/snapshot/<workspace>/<id>.
CREATE TABLE snapshot (
	id TEXT PRIMARY KEY CHECK (length(id) = 26),
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('sleep', 'hand')),	-- made to sleep, or on request
	state TEXT NOT NULL CHECK (state IN ('wanted', 'good', 'failed')),
	bytes INTEGER NOT NULL DEFAULT 0,
	reason TEXT NOT NULL DEFAULT '',	-- why it failed, for people
	created_at INTEGER NOT NULL,
	made_at INTEGER,
	CHECK ((made_at IS NOT NULL) = (state <> 'wanted'))
) STRICT, WITHOUT ROWID;
CREATE INDEX snapshot_by_workspace ON snapshot (workspace, created_at);
CREATE INDEX snapshot_wanted ON snapshot (workspace) WHERE state = 'wanted';

-- The life of a sandbox, as before, with two more states.
CREATE TABLE sandbox_2 (
	workspace TEXT PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
	state TEXT NOT NULL CHECK (state IN
	    ('absent', 'provision', 'running', 'hibernated', 'evicted', 'failed')),
	want TEXT NOT NULL CHECK (want IN ('awake', 'asleep')),
	epoch INTEGER NOT NULL DEFAULT 0,	-- counts its lives
	image TEXT REFERENCES snapshot (id) ON DELETE SET NULL,	-- what it starts from next
	reason TEXT NOT NULL DEFAULT '',	-- why it is absent or failed, for people
	memory_peak INTEGER NOT NULL DEFAULT 0,	-- bytes, of this or the last life
	wanted_at INTEGER,
	started_at INTEGER,
	ready_at INTEGER,
	first_request_at INTEGER,
	last_activity_at INTEGER,
	ended_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO sandbox_2 (workspace, state, want, epoch, reason, memory_peak, wanted_at, started_at,
    ready_at, first_request_at, last_activity_at, ended_at)
    SELECT workspace, state, want, epoch, reason, memory_peak, wanted_at, started_at, ready_at,
    first_request_at, last_activity_at, ended_at FROM sandbox;
DROP TABLE sandbox;
ALTER TABLE sandbox_2 RENAME TO sandbox;
CREATE INDEX sandbox_open ON sandbox (workspace)
    WHERE state IN ('provision', 'running', 'failed') OR want = 'awake';
CREATE INDEX sandbox_by_image ON sandbox (image) WHERE image IS NOT NULL;

CREATE TABLE notebook (
	workspace TEXT PRIMARY KEY REFERENCES workspace (id) ON DELETE CASCADE,
	token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),	-- of its owner's link
	template TEXT NOT NULL,			-- the starter it was made from
	tier TEXT NOT NULL,
	visibility TEXT NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'public')),
	has_terminal INTEGER NOT NULL DEFAULT 0 CHECK (has_terminal IN (0, 1)),
	held_until INTEGER NOT NULL DEFAULT 0,	-- kept awake until then
	volume_wanted_at INTEGER NOT NULL DEFAULT 0,	-- somebody needs its files mounted
	disk_mb INTEGER NOT NULL CHECK (disk_mb >= 16),	-- limits of its volume
	disk_files INTEGER NOT NULL CHECK (disk_files >= 256),
	disk_bytes INTEGER NOT NULL DEFAULT 0,	-- used, when it was last looked at
	restore TEXT REFERENCES snapshot (id) ON DELETE SET NULL,	-- wanted back now
	notice TEXT NOT NULL DEFAULT ''		-- what its owner should know of its last end
) STRICT, WITHOUT ROWID;
CREATE INDEX notebook_by_volume ON notebook (volume_wanted_at);
CREATE INDEX notebook_by_restore ON notebook (restore) WHERE restore IS NOT NULL;

-- What is written into a volume that has it not: the starter, and what packages it wants.
CREATE TABLE notebook_file (
	workspace TEXT NOT NULL REFERENCES notebook (workspace) ON DELETE CASCADE,
	path TEXT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (workspace, path)
) STRICT, WITHOUT ROWID;

-- A link that its owner gave away; revoked by deleting it.
CREATE TABLE share (
	id TEXT PRIMARY KEY CHECK (length(id) = 26),
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('view', 'app', 'edit')),
	token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX share_by_workspace ON share (workspace, created_at);

-- What lets a browser in at a workspace's own address.  A ticket is used once and becomes a
-- pass, which is the browser's cookie.
CREATE TABLE pass (
	token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('app', 'edit', 'tool')),
	share TEXT REFERENCES share (id) ON DELETE CASCADE,	-- NULL: the owner's
	is_ticket INTEGER NOT NULL CHECK (is_ticket IN (0, 1)),
	expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pass_by_workspace ON pass (workspace);
CREATE INDEX pass_by_share ON pass (share) WHERE share IS NOT NULL;
CREATE INDEX pass_by_expiry ON pass (expires_at);

-- What is to be removed from the disk: a checkpoint, or with image '' everything of a
-- workspace that is gone.  Filled by triggers, emptied by keep when it is done.
CREATE TABLE erasure (
	workspace TEXT NOT NULL,
	image TEXT NOT NULL,
	PRIMARY KEY (workspace, image)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER snapshot_gone AFTER DELETE ON snapshot BEGIN
	INSERT OR IGNORE INTO erasure (workspace, image) VALUES (old.workspace, old.id);
END;
CREATE TRIGGER notebook_gone AFTER DELETE ON notebook BEGIN
	INSERT OR IGNORE INTO erasure (workspace, image) VALUES (old.workspace, '');
END;
