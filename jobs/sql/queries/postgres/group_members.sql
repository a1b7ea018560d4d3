-- in: $1 groups uuid[], $2 at most of each int8
-- out: group uuid, place int4, job uuid
SELECT g.id, m.place, m.job
FROM unnest($1::uuid[]) AS g(id)
CROSS JOIN LATERAL (
    SELECT * FROM (
        (SELECT m.place, m.job FROM {s}.members m WHERE m.group_id = g.id ORDER BY m.place LIMIT $2)
        UNION ALL
        (SELECT NULL, j.id FROM {s}.jobs j WHERE j.member_of = g.id AND j.member_pos IS NULL LIMIT $2)
        UNION ALL
        (SELECT NULL, h.id FROM {s}.history h WHERE h.member_of = g.id AND h.member_pos IS NULL LIMIT $2)
    ) all_of
    ORDER BY 1, 2 LIMIT $2
) m
