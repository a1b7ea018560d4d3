-- in: $1 jobs uuid[]
-- out: id uuid of each group of children of these jobs that is not over
SELECT id FROM {s}.groups WHERE parent = ANY ($1) AND kind = 4 AND open > 0 ORDER BY id
