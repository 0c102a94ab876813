-- Frozen apps: a version as files that a browser loads, in var/frozen/<workspace>/<version>/.

CREATE TABLE frozen (
	workspace TEXT NOT NULL,
	version INTEGER NOT NULL,
	packages TEXT NOT NULL,		-- the key of the baked packages it loads; '': see problem
	problem TEXT NOT NULL DEFAULT '',	-- why it could not be frozen, for people
	bytes INTEGER NOT NULL DEFAULT 0,
	took_ms INTEGER NOT NULL,
	made_at INTEGER NOT NULL,
	PRIMARY KEY (workspace, version),
	FOREIGN KEY (workspace, version) REFERENCES version (workspace, n) ON DELETE CASCADE,
	CHECK ((packages = '') = (problem <> ''))
) STRICT, WITHOUT ROWID;

-- Files that are to be removed from the disk.  Filled by the trigger, emptied by keep when
-- they are gone.
CREATE TABLE thaw (
	workspace TEXT NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (workspace, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER frozen_gone AFTER DELETE ON frozen WHEN old.packages <> '' BEGIN
	INSERT OR IGNORE INTO thaw (workspace, version) VALUES (old.workspace, old.version);
END;
