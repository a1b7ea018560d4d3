-- in: $1 now, $2 job uuid, $3 name text, $4 number int4, $5 within int8 (microseconds) or NULL
-- out: value text, until timestamptz
-- Its job's row is locked, so that no event comes meanwhile.
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), taken AS (
    DELETE FROM {s}.events e
    WHERE e.seq = (SELECT f.seq FROM {s}.events f WHERE f.job_id = $2 AND f.name = $3 ORDER BY f.seq LIMIT 1)
        AND NOT EXISTS (
            SELECT FROM {s}.checkpoints s
            WHERE s.job_id = $2 AND s.kind = 4 AND s.name = $3 AND s.number = $4 AND s.value IS NOT NULL
        )
    RETURNING '[' || e.value || ']' AS value
)
INSERT INTO {s}.checkpoints AS c (job_id, kind, name, number, value, until, written_at)
SELECT $2, 4, $3, $4, coalesce((SELECT value FROM taken), CASE WHEN $5::int8 <= 0 THEN '[]' END),
    clock.now + $5::int8 * interval '1 microsecond', clock.now
FROM clock
ON CONFLICT (job_id, kind, name, number) DO UPDATE
    SET value = coalesce(c.value, excluded.value, CASE WHEN c.until <= (SELECT now FROM clock) THEN '[]' END)
RETURNING c.value, c.until
