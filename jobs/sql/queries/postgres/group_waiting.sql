-- in: $1 group uuid, $2 at most int8
-- out: id uuid of jobs that wait in the group or in one below it; locked
WITH RECURSIVE all_of AS (
    SELECT $1::uuid AS id
    UNION ALL
    SELECT g.id FROM all_of a JOIN {s}.groups g ON g.parent = a.id
), picked AS MATERIALIZED (
    SELECT j.id FROM all_of a JOIN {s}.jobs j ON j.member_of = a.id WHERE j.worker IS NULL LIMIT $2
)
SELECT j.id FROM {s}.jobs j WHERE j.id = ANY (ARRAY(SELECT id FROM picked)) AND j.worker IS NULL ORDER BY j.id FOR UPDATE
