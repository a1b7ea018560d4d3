-- in: $1 keys text[]
-- out: key text, keys text of the first job that is blocked for it (NULL: none)
SELECT g.key, (
    SELECT j.keys FROM {s}.jobs j WHERE j.stage = 2 AND j.waits_for = g.key ORDER BY j.priority, j.run_at, j.seq LIMIT 1
)
FROM unnest($1::text[]) AS g(key)
