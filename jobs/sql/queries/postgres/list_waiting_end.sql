-- in: $1 at most this id uuid, $2 how many to look through int8
-- out: id uuid of the last one; no row if there are fewer
SELECT id FROM {s}.jobs WHERE id <= $1 ORDER BY id DESC OFFSET $2 - 1 LIMIT 1
