-- in: $1 id uuid
-- out: whether it was given up bool; locked until its counts are changed
SELECT passed & 16 <> 0 FROM {s}.groups WHERE id = $1 FOR UPDATE
