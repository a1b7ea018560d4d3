-- in: $1 group uuid, $2 how long the records are to stay int8 (microseconds)
-- out: nothing; one row for each running job in the group or below it that was not asked before
WITH RECURSIVE all_of AS (
    SELECT $1::uuid AS id
    UNION ALL
    SELECT g.id FROM all_of a JOIN {s}.groups g ON g.parent = a.id
)
INSERT INTO {s}.cancels (job_id, retain)
SELECT j.id, $2 FROM all_of a JOIN {s}.jobs j ON j.member_of = a.id WHERE j.worker IS NOT NULL
ON CONFLICT DO NOTHING
