-- in: $1 ids uuid[], $2 workers uuid[], $3 fences int8[], $4 keeps no record bool[], $5 state of an end int2[], $6 how else it went on int2[]
-- out: n int8 (from 1) of each finish that was written before; whether the job ended as cancelled instead bool
SELECT g.n, h.state IS NOT NULL AND g.state IS NULL
FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::bool[], $5::int2[], $6::int2[])
    WITH ORDINALITY AS g(id, worker, fence, fleeting, state, went, n)
LEFT JOIN LATERAL (
    SELECT h.state FROM {s}.history h
    WHERE h.id = g.id AND h.worker = g.worker AND h.fence = g.fence AND h.state = coalesce(g.state, 3)
    LIMIT 1
) h ON true
WHERE h.state IS NOT NULL
    OR EXISTS (SELECT FROM {s}.jobs j WHERE j.id = g.id AND j.fence = g.fence AND j.worker IS NULL AND j.last_worker = g.worker
        AND j.last_end = g.went)
    OR (g.fleeting
        AND NOT EXISTS (SELECT FROM {s}.history h WHERE h.id = g.id)
        AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = g.id))
