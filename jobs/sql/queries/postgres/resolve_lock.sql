-- in: $1 numbers int8[]
-- out: number int8, job id uuid, keys text of each that is not resolved
SELECT number, job_id, keys FROM {s}.dead_letters WHERE number = ANY ($1) AND resolved_at IS NULL ORDER BY number FOR UPDATE
