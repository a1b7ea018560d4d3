-- in: 1 group
-- out: the chain that it is a stage of
SELECT parent FROM {p}groups WHERE id = ?1 AND kind = 3
