-- in: $1 now, $2 id uuid
-- out: nothing
UPDATE {s}.workers SET stopped_at = coalesce($1::timestamptz, clock_timestamp()), asleep = false
WHERE id = $2 AND stopped_at IS NULL
