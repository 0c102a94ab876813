-- A picture of a frozen app for its card: card.webp beside its files.

ALTER TABLE frozen ADD COLUMN shot INTEGER NOT NULL DEFAULT 0
	CHECK (shot IN (0, 1, 2));	-- 0: nobody has tried; 1: it is there; 2: none came of it
CREATE INDEX frozen_shot ON frozen (made_at) WHERE shot = 0 AND packages <> '';
