-- in: 1 now, 2 at most
-- out: id
DELETE FROM {p}history
 WHERE id IN (SELECT id FROM {p}history WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
RETURNING id
