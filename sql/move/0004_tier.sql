-- Accounts with their tiers, what counts against their quotas, the line for sandboxes, and
-- snapshots that are made in the background.

-- What was agreed with an account (who a workspace's owner is); none: the default tier.  A
-- NULL: as the tier says; 0: no limit.  The columns are those of shared/rule/tier.def.
CREATE TABLE account (
	owner TEXT PRIMARY KEY,
	tier TEXT NOT NULL,
	changed_at INTEGER NOT NULL,
	memory_mb INTEGER,
	cpu_percent INTEGER,
	pids INTEGER,
	disk_mb INTEGER,
	disk_files INTEGER,
	idle_s INTEGER,
	hibernate_s INTEGER,
	evict_s INTEGER,
	cell_s INTEGER,
	sandboxes INTEGER,
	creates_minute INTEGER,
	creates_day INTEGER,
	agent_tokens_day INTEGER,
	snapshot_mb INTEGER
) STRICT, WITHOUT ROWID;

-- What was made within the last day by who has a quota; deleting it does not give it back.
CREATE TABLE creation (
	seq INTEGER PRIMARY KEY,
	owner TEXT NOT NULL,
	at INTEGER NOT NULL
) STRICT;
CREATE INDEX creation_by_owner ON creation (owner, at);

-- Tokens of the assistant, by the owner of the notebook and the hour of asking (hours since
-- 1970); counted where they are noted, so that nobody can forget it.
CREATE TABLE spent (
	owner TEXT NOT NULL,
	hour INTEGER NOT NULL,
	tokens INTEGER NOT NULL,
	PRIMARY KEY (owner, hour)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER assist_spends AFTER UPDATE OF input_tokens, output_tokens ON assist
	WHEN new.input_tokens + new.output_tokens > old.input_tokens + old.output_tokens BEGIN
	INSERT INTO spent (owner, hour, tokens)
	    SELECT w.owner, new.created_at / 3600000, new.input_tokens + new.output_tokens
	    - old.input_tokens - old.output_tokens FROM workspace w WHERE w.id = new.workspace
	    ON CONFLICT (owner, hour) DO UPDATE SET tokens = tokens + excluded.tokens;
END;

-- turn: who waits for a sandbox comes in this order, the least first; NULL: keep has not seen
-- it yet, or it does not wait.  memory_now: bytes, when it was last looked at.
ALTER TABLE sandbox ADD COLUMN turn INTEGER;
ALTER TABLE sandbox ADD COLUMN memory_now INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sandbox_line ON sandbox (turn) WHERE want = 'awake';
CREATE INDEX sandbox_asleep ON sandbox (workspace) WHERE state = 'hibernated';

-- How fast the line moves, as keep saw it last.
CREATE TABLE pace (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	gap_ms INTEGER NOT NULL,	-- between two starts
	boot_ms INTEGER NOT NULL,	-- that one start takes; more while nobody can be started
	why TEXT NOT NULL DEFAULT '',	-- what those in the line wait for, for people
	at INTEGER NOT NULL
) STRICT;
INSERT INTO pace (one, gap_ms, boot_ms, at) VALUES (1, 400, 1500, 0);

-- Snapshots of one more kind, 'auto': made in the background, one kept of each workspace.
-- Dropping the old table clears what refers to it, so that is put aside.
CREATE TEMP TABLE held_image AS SELECT workspace, image FROM sandbox WHERE image IS NOT NULL;
CREATE TEMP TABLE held_restore AS SELECT workspace, restore FROM notebook
    WHERE restore IS NOT NULL;
CREATE TABLE snapshot_2 (
	id TEXT PRIMARY KEY CHECK (length(id) = 26),
	workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
	kind TEXT NOT NULL CHECK (kind IN ('sleep', 'hand', 'auto')),
	state TEXT NOT NULL CHECK (state IN ('wanted', 'good', 'failed')),
	bytes INTEGER NOT NULL DEFAULT 0,
	reason TEXT NOT NULL DEFAULT '',	-- why it failed, for people
	created_at INTEGER NOT NULL,
	made_at INTEGER,
	CHECK ((made_at IS NOT NULL) = (state <> 'wanted'))
) STRICT, WITHOUT ROWID;
INSERT INTO snapshot_2 SELECT id, workspace, kind, state, bytes, reason, created_at, made_at
    FROM snapshot;
DROP TABLE snapshot;
ALTER TABLE snapshot_2 RENAME TO snapshot;
CREATE INDEX snapshot_by_workspace ON snapshot (workspace, created_at);
CREATE INDEX snapshot_wanted ON snapshot (workspace) WHERE state = 'wanted';
CREATE TRIGGER snapshot_gone AFTER DELETE ON snapshot BEGIN
	INSERT OR IGNORE INTO erasure (workspace, image) VALUES (old.workspace, old.id);
END;
UPDATE sandbox SET image = (SELECT h.image FROM held_image h
    WHERE h.workspace = sandbox.workspace)
    WHERE workspace IN (SELECT workspace FROM held_image);
UPDATE notebook SET restore = (SELECT h.restore FROM held_restore h
    WHERE h.workspace = notebook.workspace)
    WHERE workspace IN (SELECT workspace FROM held_restore);
DROP TABLE held_image;
DROP TABLE held_restore;
