-- in: $1 numbers below int8, $2 limit int8
-- out: number int8, job id uuid, kind int4, queue text, error type text, message text, died at
SELECT number, job_id, kind, queue, error_type, left(message, 1000), died_at
FROM {s}.dead_letters
WHERE resolved_at IS NULL AND number < $1
ORDER BY number DESC LIMIT $2
