-- in: $1 group uuid, $2 at most int8
-- out: id uuid of members that have ended
SELECT id FROM {s}.history WHERE member_of = $1 LIMIT $2
