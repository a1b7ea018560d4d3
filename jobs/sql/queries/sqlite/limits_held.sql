-- in: 1 rows (JSON array of [id as hex, whether it holds its slots])
-- out: nothing
UPDATE {p}jobs AS j SET held = e.value ->> '$[1]' FROM json_each(?1) AS e WHERE j.id = unhex(e.value ->> '$[0]')
