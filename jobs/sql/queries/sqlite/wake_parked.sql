-- in: 1 job, 2 what it awaits
-- out: nothing
UPDATE {p}jobs SET stage = 0, waits_for = NULL, blocked_until = NULL WHERE id = ?1 AND stage = 3 AND waits_for = ?2
