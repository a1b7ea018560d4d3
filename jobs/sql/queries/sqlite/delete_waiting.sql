-- in: 1 id
-- out: nothing
DELETE FROM {p}jobs WHERE id = ?1 AND worker IS NULL
