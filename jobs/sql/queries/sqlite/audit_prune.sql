-- in: 1 before
-- out: nothing
DELETE FROM {p}audit WHERE at < ?1
