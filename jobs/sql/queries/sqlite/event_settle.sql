-- in: 1 job, 2 name, 3 number, 4 value that has come, 5 until, 6 now
-- out: value, until
INSERT INTO {p}checkpoints AS c (job_id, kind, name, number, value, until, written_at)
VALUES (?1, 4, ?2, ?3, coalesce('[' || ?4 || ']', iif(?5 <= ?6, '[]', NULL)), ?5, ?6)
ON CONFLICT (job_id, kind, name, number) DO UPDATE
   SET value = coalesce(c.value, '[' || ?4 || ']', iif(c.until <= ?6, '[]', NULL))
RETURNING value, until
