-- in: 1 group
-- out: as of group_tree
SELECT g.id, g.kind, g.parent, g.place, g.name, g.listed, g.total, g.open, g.succeeded, g.discarded, g.dead, g.cancelled,
       g.counted, g.passed, g.callbacks, g.created_at, g.ended_at
  FROM {p}groups AS g WHERE g.id = ?1
