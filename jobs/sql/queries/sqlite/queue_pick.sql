-- in: 1 queue, 2 at most
-- out: id, keys, member_of, member_pos of each ready job, in the queue's order
SELECT id, keys, member_of, member_pos FROM {p}jobs
 WHERE stage = 0 AND worker IS NULL AND queue = ?1
 ORDER BY priority, run_at, seq
 LIMIT ?2
