-- in: $1 now, $2 numbers int8[], $3 resolution text
-- out: nothing
UPDATE {s}.dead_letters SET resolved_at = coalesce($1::timestamptz, clock_timestamp()), resolution = $3 WHERE number = ANY ($2)
