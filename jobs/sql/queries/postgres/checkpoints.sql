-- in: $1 now, $2 job uuid
-- out: now timestamptz, kind int2, name text, number int4, value text, until timestamptz; one row of NULLs if there is none
SELECT coalesce($1::timestamptz, clock_timestamp()) AS now, c.kind, c.name, c.number, c.value, c.until
FROM (SELECT) one LEFT JOIN {s}.checkpoints c ON c.job_id = $2
