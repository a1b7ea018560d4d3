-- in: 1 numbers below, 2 at most
-- out: number, job_id, kind, queue, error_type, message, died_at
SELECT number, job_id, kind, queue, error_type, substr(message, 1, 1000), died_at
  FROM {p}dead_letters
 WHERE resolved_at IS NULL AND number < ?1
 ORDER BY number DESC
 LIMIT ?2
