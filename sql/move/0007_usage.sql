-- What is used and by whom, what happened how often, and whether anything new is taken.

-- One row for a workspace, a life of its sandbox, and an hour.  It stays when the workspace
-- goes, so it refers to none.
CREATE TABLE usage (
	workspace TEXT NOT NULL,
	epoch INTEGER NOT NULL,		-- which life; 0: what belongs to none (tokens, files)
	hour INTEGER NOT NULL CHECK (hour % 3600000 = 0),	-- its beginning, UTC
	owner TEXT NOT NULL,		-- whose it was; of tokens, who asked
	kind TEXT NOT NULL,		-- of the workspace
	awake_ms INTEGER NOT NULL DEFAULT 0 CHECK (awake_ms >= 0),
	cpu_usec INTEGER NOT NULL DEFAULT 0 CHECK (cpu_usec >= 0),
	memory_mb_ms INTEGER NOT NULL DEFAULT 0 CHECK (memory_mb_ms >= 0),	-- its limit × time
	disk_mb_ms INTEGER NOT NULL DEFAULT 0 CHECK (disk_mb_ms >= 0),	-- what was taken × time
	input_tokens INTEGER NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
	output_tokens INTEGER NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
	PRIMARY KEY (workspace, epoch, hour, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_hour ON usage (hour);
CREATE INDEX usage_by_owner ON usage (owner, hour);

-- How far a life that goes on has been counted.  Times are those of the boot clock, which
-- nobody can set; they mean something within one boot of the machine only.
CREATE TABLE meter (
	workspace TEXT PRIMARY KEY,
	epoch INTEGER NOT NULL,
	owner TEXT NOT NULL,
	kind TEXT NOT NULL,
	memory_mb INTEGER NOT NULL,	-- its limit
	boot TEXT NOT NULL,		-- which boot
	counted_at INTEGER NOT NULL,	-- boot ms
	cpu_usec INTEGER NOT NULL DEFAULT 0,	-- counted, of this life
	memory_bytes INTEGER NOT NULL DEFAULT 0	-- taken, when it was last looked at
) STRICT, WITHOUT ROWID;

-- The same for the disk, which is counted for all notebooks at once, asleep or awake.
CREATE TABLE disk_meter (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	boot TEXT NOT NULL,
	counted_at INTEGER NOT NULL
) STRICT;

-- Counters that go on for ever, by the triggers below.
CREATE TABLE tally (
	name TEXT NOT NULL,
	label TEXT NOT NULL,
	n INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	PRIMARY KEY (name, label)
) STRICT, WITHOUT ROWID;

-- A row: nothing new is started.
CREATE TABLE drain (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	since INTEGER NOT NULL,
	until INTEGER,			-- when it is expected to be over; NULL: not known
	by_whom TEXT NOT NULL
) STRICT;

-- The request that asked, as X-Request-Id had it; '': none did.
ALTER TABLE job ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE assist ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE sandbox ADD COLUMN request TEXT NOT NULL DEFAULT '';

-- Tokens are counted in the transaction that stores them, so once.
CREATE TRIGGER job_tokens AFTER UPDATE OF input_tokens, output_tokens ON job
WHEN new.input_tokens > old.input_tokens OR new.output_tokens > old.output_tokens BEGIN
	INSERT INTO usage (workspace, epoch, hour, owner, kind, input_tokens, output_tokens)
	    VALUES (new.workspace, 0, unixepoch() / 3600 * 3600000, new.caller, 'app',
	    max(0, new.input_tokens - old.input_tokens),
	    max(0, new.output_tokens - old.output_tokens))
	    ON CONFLICT DO UPDATE SET input_tokens = input_tokens + excluded.input_tokens,
	    output_tokens = output_tokens + excluded.output_tokens;
	INSERT INTO tally VALUES ('input_tokens', coalesce(new.model, ''),
	    max(0, new.input_tokens - old.input_tokens), unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at;
	INSERT INTO tally VALUES ('output_tokens', coalesce(new.model, ''),
	    max(0, new.output_tokens - old.output_tokens), unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at;
END;
-- Who came by a notebook's own token spends what is its owner's.
CREATE TRIGGER assist_tokens AFTER UPDATE OF input_tokens, output_tokens ON assist
WHEN new.input_tokens > old.input_tokens OR new.output_tokens > old.output_tokens BEGIN
	INSERT INTO usage (workspace, epoch, hour, owner, kind, input_tokens, output_tokens)
	    VALUES (new.workspace, 0, unixepoch() / 3600 * 3600000,
	    CASE new.caller WHEN 'token' THEN coalesce((SELECT owner FROM workspace
	    WHERE id = new.workspace), 'token') ELSE new.caller END, 'notebook',
	    max(0, new.input_tokens - old.input_tokens),
	    max(0, new.output_tokens - old.output_tokens))
	    ON CONFLICT DO UPDATE SET input_tokens = input_tokens + excluded.input_tokens,
	    output_tokens = output_tokens + excluded.output_tokens;
	INSERT INTO tally VALUES ('input_tokens', coalesce(new.model, ''),
	    max(0, new.input_tokens - old.input_tokens), unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at;
	INSERT INTO tally VALUES ('output_tokens', coalesce(new.model, ''),
	    max(0, new.output_tokens - old.output_tokens), unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + excluded.n, last_at = excluded.last_at;
END;

CREATE TRIGGER job_ended AFTER UPDATE OF ended_at ON job
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL BEGIN
	INSERT INTO tally VALUES ('job', new.state, 1, unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + 1, last_at = excluded.last_at;
	INSERT INTO tally SELECT 'job_failure', new.error_kind, 1, unixepoch() * 1000
	    WHERE new.state = 'failed'
	    ON CONFLICT DO UPDATE SET n = n + 1, last_at = excluded.last_at;
END;
CREATE TRIGGER assist_ended AFTER UPDATE OF ended_at ON assist
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL BEGIN
	INSERT INTO tally VALUES ('assist', new.state, 1, unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + 1, last_at = excluded.last_at;
	INSERT INTO tally SELECT 'job_failure', new.error_kind, 1, unixepoch() * 1000
	    WHERE new.state = 'failed'
	    ON CONFLICT DO UPDATE SET n = n + 1, last_at = excluded.last_at;
END;
-- By the first words of the reason: figures and quotations follow a colon or a parenthesis.
CREATE TRIGGER sandbox_failed AFTER UPDATE OF state ON sandbox
WHEN new.state = 'failed' AND old.state <> 'failed' BEGIN
	INSERT INTO tally VALUES ('failure', rtrim(substr(new.reason, 1, min(80,
	    instr(new.reason || ':', ':') - 1, instr(new.reason || '(', '(') - 1)), ' .'),
	    1, unixepoch() * 1000)
	    ON CONFLICT DO UPDATE SET n = n + 1, last_at = excluded.last_at;
END;
