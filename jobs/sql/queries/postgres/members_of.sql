-- in: $1 group uuid
-- out: job uuid, state int2, output text of each member, in order
SELECT job, state, output FROM {s}.members WHERE group_id = $1 ORDER BY place
