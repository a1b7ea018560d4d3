-- in: 1 group, 2 at most
-- out: id, keys, member_of, member_pos of jobs that wait in the group or in one below it
WITH RECURSIVE all_of(id) AS (
    SELECT ?1
    UNION ALL
    SELECT g.id FROM all_of AS a CROSS JOIN {p}groups AS g ON g.parent = a.id
)
SELECT j.id, j.keys, j.member_of, j.member_pos
  FROM all_of AS a
 CROSS JOIN {p}jobs AS j ON j.member_of = a.id
 WHERE j.worker IS NULL
 LIMIT ?2
