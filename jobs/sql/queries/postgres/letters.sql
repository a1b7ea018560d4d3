-- in: $1 names text[], $2 queue text, $3 text text, $4 since timestamptz, $5 unresolved bool, $6 offset int8, $7 limit int8, $8 numbers below int8, $9 job uuid
-- out: number int8, job id uuid, error text (JSON), died at, resolved at
SELECT d.number, d.job_id, d.error, d.died_at, d.resolved_at
FROM {s}.dead_letters d
WHERE ($1::text[] IS NULL OR d.kind = ANY (ARRAY(SELECT k.id FROM {s}.kinds k WHERE k.name = ANY ($1))))
    AND ($2::text IS NULL OR d.queue = $2)
    AND ($3::text IS NULL OR position(lower($3) IN lower(d.message)) > 0 OR position(lower($3) IN lower(d.chain)) > 0)
    AND ($4::timestamptz IS NULL OR d.died_at >= $4)
    AND (NOT $5 OR d.resolved_at IS NULL)
    AND ($8::int8 IS NULL OR d.number < $8)
    AND ($9::uuid IS NULL OR d.job_id = $9)
ORDER BY d.number DESC
OFFSET $6 LIMIT $7
