-- in: $1 at most this id uuid, $2 how many to look through int8, $3 state int2
-- out: id uuid of the last one; no row if there are fewer
SELECT id FROM {s}.history WHERE state = $3 AND state <> 0 AND id <= $1 ORDER BY id DESC OFFSET $2 - 1 LIMIT 1
