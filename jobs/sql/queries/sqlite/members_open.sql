-- in: 1 group, 2 at most
-- out: id of members that have not ended
SELECT id FROM {p}jobs WHERE member_of = ?1 LIMIT ?2
