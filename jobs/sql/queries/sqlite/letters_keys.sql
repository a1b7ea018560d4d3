-- in: 1 numbers (JSON array)
-- out: number, job_id, keys of those that are not resolved and have keys
SELECT number, job_id, keys FROM {p}dead_letters
 WHERE number IN (SELECT value FROM json_each(?1)) AND resolved_at IS NULL AND keys IS NOT NULL
