-- in: 1 group
-- out: job, state, output of each member, in order
SELECT job, state, output FROM {p}members WHERE group_id = ?1 ORDER BY place
