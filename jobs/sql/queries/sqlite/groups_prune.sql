-- in: 1 ended before, 2 ended before with a death, 3 at most
-- out: id
DELETE FROM {p}groups
 WHERE id IN (SELECT id FROM {p}groups WHERE ended_at <= ?1 AND (dead = 0 OR ended_at <= ?2) ORDER BY ended_at LIMIT ?3)
RETURNING id
