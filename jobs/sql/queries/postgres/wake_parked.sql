-- in: $1 job uuid
-- out: nothing
UPDATE {s}.jobs SET stage = 0 WHERE id = $1 AND stage = 3
