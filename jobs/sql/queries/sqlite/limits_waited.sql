-- in: 1 keys (JSON array)
-- out: key of each that jobs are blocked for
SELECT e.value FROM json_each(?1) AS e WHERE EXISTS (SELECT 1 FROM {p}jobs WHERE stage = 2 AND waits_for = e.value)
