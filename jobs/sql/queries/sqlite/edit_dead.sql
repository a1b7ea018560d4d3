-- in: 1 id, 2 args
-- out: nothing
UPDATE {p}history SET args = ?2 WHERE id = ?1 AND state = 3 AND NOT EXISTS (SELECT 1 FROM {p}jobs WHERE id = ?1)
