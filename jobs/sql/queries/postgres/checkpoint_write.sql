-- in: $1 now, $2 job uuid, $3 worker uuid, $4 fence int8, $5 kind int2, $6 name text, $7 value text, $8 wait int8 (microseconds) or NULL
-- out: until timestamptz of what is there now, if the claim holds; no row if it does not
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), held AS MATERIALIZED (
    SELECT id FROM {s}.jobs WHERE id = $2 AND worker = $3 AND fence = $4 FOR UPDATE
)
INSERT INTO {s}.checkpoints AS c (job_id, kind, name, number, value, until, written_at)
SELECT held.id, $5, $6, 0, $7, clock.now + $8::int8 * interval '1 microsecond', clock.now FROM held, clock
ON CONFLICT (job_id, kind, name, number) DO UPDATE
    SET value = excluded.value, until = coalesce(c.until, excluded.until), written_at = excluded.written_at
RETURNING c.until
