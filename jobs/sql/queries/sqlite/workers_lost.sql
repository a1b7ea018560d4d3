-- in: 1 ids (JSON array of hex), 2 now
-- out: nothing
UPDATE {p}workers SET lost_at = ?2 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND lost_at IS NULL
