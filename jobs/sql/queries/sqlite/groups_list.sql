-- in: 1 at most this id, 2 limit, 3 which (NULL for all, 1 open, 2 ended, 3 with a dead member), 4 how many to look through
-- out: as of group_tree: outermost batches and chains, newest first
SELECT g.id, g.kind, g.parent, g.place, g.name, g.listed, g.total, g.open, g.succeeded, g.discarded, g.dead, g.cancelled,
       g.counted, g.passed, g.callbacks, g.created_at, g.ended_at
  FROM (SELECT * FROM {p}groups WHERE id <= ?1 ORDER BY id DESC LIMIT ?4) AS g
 WHERE g.parent IS NULL AND g.kind <= 2
   AND CASE ?3 WHEN 1 THEN g.ended_at IS NULL WHEN 2 THEN g.ended_at IS NOT NULL WHEN 3 THEN g.dead > 0 ELSE true END
 ORDER BY g.id DESC LIMIT ?2
