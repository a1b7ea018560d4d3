-- in: $1 job ids uuid[], $2 unique keys text[] that others hold
-- out: nothing
UPDATE {s}.jobs j SET stage = 2, blocked_on = 3, waits_for = g.key
FROM unnest($1::uuid[], $2::text[]) AS g(id, key)
WHERE j.id = g.id AND j.worker IS NULL AND j.stage IN (0, 1)
