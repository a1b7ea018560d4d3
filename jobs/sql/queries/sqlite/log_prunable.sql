-- in: 1 minutes before, 2 what was done before
-- out: whether there is something to remove
SELECT EXISTS (SELECT 1 FROM {p}stats WHERE span = 60 AND at < ?1)
    OR (SELECT min(number) FROM {p}audit) IN (SELECT number FROM {p}audit WHERE at < ?2)
