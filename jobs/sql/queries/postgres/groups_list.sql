-- in: $1 at most this id uuid, $2 limit int8, $3 which int2 (NULL for all, 1 open, 2 ended, 3 with a dead member), $4 how many to look through int8
-- out: each outermost batch or chain, newest first
SELECT g.*
FROM (SELECT * FROM {s}.groups WHERE id <= $1 ORDER BY id DESC LIMIT $4) g
WHERE g.parent IS NULL
    AND g.kind <= 2
    AND CASE $3::int2 WHEN 1 THEN g.ended_at IS NULL WHEN 2 THEN g.ended_at IS NOT NULL WHEN 3 THEN g.dead > 0 ELSE true END
ORDER BY g.id DESC LIMIT $2
