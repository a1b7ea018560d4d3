-- in: nothing
-- out: 1 if any job is blocked
SELECT EXISTS (SELECT 1 FROM {p}jobs WHERE stage = 2)
