-- in: 1 group
-- out: id of each batch among it and those below it; none if there is no such group
WITH RECURSIVE all_of(id) AS (
    SELECT id FROM {p}groups WHERE id = ?1
    UNION ALL
    SELECT g.id FROM all_of AS a CROSS JOIN {p}groups AS g ON g.parent = a.id
)
UPDATE {p}groups SET passed = passed | iif(kind = 1 AND open > 0, 16, 0)
 WHERE id IN (SELECT id FROM all_of)
RETURNING id
