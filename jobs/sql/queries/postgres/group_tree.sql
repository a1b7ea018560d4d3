-- in: $1 group uuid
-- out: each group of the whole tree that it is in, the root first
WITH RECURSIVE up AS (
    SELECT id, parent, 0 AS depth FROM {s}.groups WHERE id = $1
    UNION ALL
    SELECT g.id, g.parent, u.depth + 1 FROM up u JOIN {s}.groups g ON g.id = u.parent
), down AS (
    SELECT * FROM (SELECT id, 0 AS depth FROM up ORDER BY up.depth DESC LIMIT 1) root
    UNION ALL
    SELECT g.id, d.depth + 1 FROM down d JOIN {s}.groups g ON g.parent = d.id
)
SELECT g.* FROM down d JOIN {s}.groups g ON g.id = d.id
ORDER BY d.depth, g.place, g.created_at, g.id
