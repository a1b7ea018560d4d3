-- in: 1 job
-- out: nothing
UPDATE {p}jobs SET stage = 0, waits_for = NULL, blocked_until = NULL WHERE id = ?1 AND stage = 3
