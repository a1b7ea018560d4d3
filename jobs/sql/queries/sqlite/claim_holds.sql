-- in: 1 job, 2 worker, 3 fence
-- out: a row if the claim holds
SELECT 1 FROM {p}jobs WHERE id = ?1 AND worker = ?2 AND fence = ?3
