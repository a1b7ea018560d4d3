-- in: 1 job, 2 worker, 3 fence, 4 kind, 5 name, 6 value, 7 until, 8 now
-- out: until of what is there now, if the claim holds; no row if it does not
INSERT INTO {p}checkpoints AS c (job_id, kind, name, number, value, until, written_at)
SELECT id, ?4, ?5, 0, ?6, ?7, ?8 FROM {p}jobs WHERE id = ?1 AND worker = ?2 AND fence = ?3
ON CONFLICT (job_id, kind, name, number) DO UPDATE
   SET value = excluded.value, until = coalesce(c.until, excluded.until), written_at = excluded.written_at
RETURNING until
