-- in: 1 ids (JSON array of hex)
-- out: nothing
DELETE FROM {p}history WHERE id IN (SELECT unhex(value) FROM json_each(?1))
