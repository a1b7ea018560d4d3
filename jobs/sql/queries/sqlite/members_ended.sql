-- in: 1 group, 2 at most
-- out: id of members that have ended
SELECT id FROM {p}history WHERE member_of = ?1 LIMIT ?2
