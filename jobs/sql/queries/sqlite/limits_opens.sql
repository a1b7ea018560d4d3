-- in: 1 key, 2 opens_at or NULL
-- out: nothing
UPDATE {p}limits SET opens_at = ?2 WHERE key = ?1
