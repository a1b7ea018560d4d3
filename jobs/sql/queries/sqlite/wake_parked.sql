-- in: 1 job
-- out: nothing
UPDATE {p}jobs SET stage = 0 WHERE id = ?1 AND stage = 3
