-- in: nothing
-- out: id, keys of each running job that holds slots
SELECT id, keys FROM {p}jobs WHERE worker IS NOT NULL AND held = 1 AND keys IS NOT NULL
