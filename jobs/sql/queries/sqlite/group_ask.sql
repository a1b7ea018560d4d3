-- in: 1 group, 2 how long the records are to stay
-- out: nothing; one row for each running job in the group or below it that was not asked before
INSERT INTO {p}cancels (job_id, retain)
WITH RECURSIVE all_of(id) AS (
    SELECT ?1
    UNION ALL
    SELECT g.id FROM all_of AS a CROSS JOIN {p}groups AS g ON g.parent = a.id
)
SELECT j.id, ?2
  FROM all_of AS a
 CROSS JOIN {p}jobs AS j ON j.member_of = a.id
 WHERE j.worker IS NOT NULL
ON CONFLICT DO NOTHING
