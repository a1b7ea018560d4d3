-- in: $1 job uuid
-- out: nothing
UPDATE {s}.jobs SET stage = 0, waits_for = NULL, blocked_until = NULL WHERE id = $1 AND stage = 3
