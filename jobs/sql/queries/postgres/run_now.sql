-- in: $1 now, $2 ids uuid[]
-- out: id uuid of each that is ready now, queue text
UPDATE {s}.jobs SET stage = 0, run_at = coalesce($1::timestamptz, clock_timestamp())
WHERE id = ANY ($2) AND stage = 1
RETURNING id, queue
