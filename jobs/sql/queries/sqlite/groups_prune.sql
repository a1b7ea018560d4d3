-- in: 1 ended before, 2 ended before with a death, 3 at most
-- out: id
-- Children stay as long as their flow's checkpoints: it reads their outputs when it is replayed.
DELETE FROM {p}groups
 WHERE id IN (SELECT g.id FROM {p}groups AS g
               WHERE g.ended_at <= ?1 AND (g.dead = 0 OR g.ended_at <= ?2)
                 AND NOT (g.kind = 4 AND EXISTS (SELECT 1 FROM {p}checkpoints AS c WHERE c.job_id = g.parent AND c.kind = 2))
               ORDER BY g.ended_at LIMIT ?3)
RETURNING id
