-- in: $1 ids uuid[]
-- out: id uuid, state int2 (NULL while it has not ended), output text of each
SELECT j.id, NULL::int2, NULL::text FROM {s}.jobs j WHERE j.id = ANY ($1)
UNION ALL
SELECT h.id, h.state, h.output FROM {s}.history h WHERE h.id = ANY ($1)
