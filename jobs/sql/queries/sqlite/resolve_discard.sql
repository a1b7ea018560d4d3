-- in: 1 ids (JSON array of hex)
-- out: nothing
UPDATE {p}history SET state = 2 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND state = 3
