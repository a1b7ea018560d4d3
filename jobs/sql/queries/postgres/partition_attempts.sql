-- in: $1 limit int8
-- out: nothing; the number of rows counts
DELETE FROM {s}.attempts a
WHERE a.ctid = ANY (ARRAY(
    SELECT t.ctid FROM {s}.attempts t WHERE EXISTS (SELECT FROM {p} p WHERE p.id = t.job_id) LIMIT $1
))
