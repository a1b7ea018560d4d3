-- in: $1 limit int8
-- out: nothing; the number of rows counts
DELETE FROM {s}.dead_letters d
WHERE d.ctid = ANY (ARRAY(
    SELECT t.ctid FROM {s}.dead_letters t WHERE EXISTS (SELECT FROM {p} p WHERE p.id = t.job_id) LIMIT $1
))
