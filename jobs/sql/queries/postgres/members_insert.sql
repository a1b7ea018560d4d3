-- in: $1 groups uuid[], $2 places int4[] (NULL: the next one), $3 jobs uuid[], $4 own bool[], $5 inputs text[]
-- out: nothing
INSERT INTO {s}.members (group_id, place, job, own, input)
SELECT g.group_id,
    coalesce(g.place, coalesce((SELECT max(m.place) FROM {s}.members m WHERE m.group_id = g.group_id), -1)
        + row_number() OVER (PARTITION BY g.group_id ORDER BY g.n)::int),
    g.job, g.own, g.input
FROM unnest($1::uuid[], $2::int4[], $3::uuid[], $4::bool[], $5::text[]) WITH ORDINALITY AS g(group_id, place, job, own, input, n)
ON CONFLICT (group_id, place) DO NOTHING
