-- in: 1 group
-- out: output of each member, in order
SELECT output FROM {p}members WHERE group_id = ?1 ORDER BY place
