-- in: 1 died before, 2 at most
-- out: nothing
DELETE FROM {p}dead_letters
 WHERE number IN (SELECT number FROM {p}dead_letters WHERE died_at <= ?1 AND resolved_at IS NOT NULL ORDER BY died_at LIMIT ?2)
