-- in: 1 id
-- out: keys
SELECT keys FROM {p}jobs WHERE id = ?1 AND keys IS NOT NULL
