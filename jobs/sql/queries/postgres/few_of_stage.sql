-- in: $1 stages int2[], $2 at most int8
-- out: id uuid of each scheduled, blocked or parked job
SELECT id FROM (
    SELECT j.id FROM {s}.jobs j WHERE j.stage = 1 AND 1 = ANY ($1::int2[])
    UNION ALL
    SELECT j.id FROM {s}.jobs j WHERE j.stage = 2 AND 2 = ANY ($1::int2[])
    UNION ALL
    SELECT j.id FROM {s}.jobs j WHERE j.stage = 3 AND 3 = ANY ($1::int2[])
) waiting
LIMIT $2
