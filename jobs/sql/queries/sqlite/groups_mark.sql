-- in: 1 rows (JSON array of [id as hex, passed, counted])
-- out: nothing
UPDATE {p}groups AS g
   SET passed = e.value ->> '$[1]', counted = e.value ->> '$[2]'
  FROM json_each(?1) AS e
 WHERE g.id = unhex(e.value ->> '$[0]')
