-- in: $1 limit int8
-- out: nothing; the number of rows counts
DELETE FROM {s}.checkpoints c
WHERE c.ctid = ANY (ARRAY(
    SELECT t.ctid FROM {s}.checkpoints t WHERE EXISTS (SELECT FROM {p} p WHERE p.id = t.job_id) LIMIT $1
))
