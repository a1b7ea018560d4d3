-- in: 1 id, 2 asked
-- out: nothing
UPDATE {p}workers SET asked = ?2 WHERE id = ?1 AND stopped_at IS NULL AND lost_at IS NULL
