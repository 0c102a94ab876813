-- Care: what lies on the disk and belongs to nothing in the store.

CREATE TABLE orphan (
	path TEXT PRIMARY KEY,		-- below var: volume/<id>.img, snapshot/<id>/<image>, …
	found_at INTEGER NOT NULL	-- removed when that is a day ago
) STRICT, WITHOUT ROWID;
