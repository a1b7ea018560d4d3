-- in: 1 group
-- out: id, kind, parent, place, name, listed, total, open, succeeded, discarded, dead, cancelled, counted, passed, callbacks, created_at, ended_at of the whole tree that it is in, the root first
WITH RECURSIVE up(id, parent, depth) AS (
    SELECT id, parent, 0 FROM {p}groups WHERE id = ?1
    UNION ALL
    SELECT g.id, g.parent, u.depth + 1 FROM up AS u CROSS JOIN {p}groups AS g ON g.id = u.parent
), root(id) AS (
    SELECT id FROM up ORDER BY depth DESC LIMIT 1
), down(id, depth) AS (
    SELECT id, 0 FROM root
    UNION ALL
    SELECT g.id, d.depth + 1 FROM down AS d CROSS JOIN {p}groups AS g ON g.parent = d.id
)
SELECT g.id, g.kind, g.parent, g.place, g.name, g.listed, g.total, g.open, g.succeeded, g.discarded, g.dead, g.cancelled,
       g.counted, g.passed, g.callbacks, g.created_at, g.ended_at
  FROM down AS d CROSS JOIN {p}groups AS g ON g.id = d.id
 ORDER BY d.depth, g.place, g.created_at, g.id
