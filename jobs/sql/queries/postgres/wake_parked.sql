-- in: $1 job uuid, $2 what it awaits text
-- out: nothing
UPDATE {s}.jobs SET stage = 0, waits_for = NULL, blocked_until = NULL WHERE id = $1 AND stage = 3 AND waits_for = $2
