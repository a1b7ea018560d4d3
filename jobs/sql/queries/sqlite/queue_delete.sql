-- in: 1 ids (JSON array of hex)
-- out: nothing
DELETE FROM {p}jobs WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND worker IS NULL
