-- in: 1 chain, 2 place
-- out: id of the stage
UPDATE {p}groups SET passed = passed | 1 WHERE parent = ?1 AND kind = 3 AND place = ?2 RETURNING id
