-- in: $1 at most this id uuid, $2 how many to look through int8
-- out: id uuid of the last one that groups_list looks at; none if it looks at all
SELECT id FROM {s}.groups WHERE id <= $1 ORDER BY id DESC LIMIT 1 OFFSET $2 - 1
