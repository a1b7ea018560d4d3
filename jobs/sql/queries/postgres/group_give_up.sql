-- in: $1 group uuid
-- out: id uuid of it and of those below it; none if there is no such group
WITH RECURSIVE all_of AS (
    SELECT id FROM {s}.groups WHERE id = $1
    UNION ALL
    SELECT g.id FROM all_of a JOIN {s}.groups g ON g.parent = a.id
)
UPDATE {s}.groups g SET passed = g.passed | CASE WHEN g.kind = 1 AND g.open > 0 THEN 16 ELSE 0 END
WHERE g.id = ANY (ARRAY(SELECT id FROM all_of))
RETURNING g.id
