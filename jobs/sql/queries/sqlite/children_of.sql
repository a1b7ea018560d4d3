-- in: 1 jobs (JSON array of hex)
-- out: id of each group of children of these jobs that is not over
SELECT g.id FROM json_each(?1) AS e CROSS JOIN {p}groups AS g ON g.parent = unhex(e.value)
 WHERE g.kind = 4 AND g.open > 0
