-- in: 1 chain, 2 place
-- out: id, keys, member_of, member_pos of each job that waits in a later stage
SELECT j.id, j.keys, j.member_of, j.member_pos
  FROM {p}groups AS g
 CROSS JOIN {p}jobs AS j ON j.member_of = g.id
 WHERE g.parent = ?1 AND g.kind = 3 AND g.place > ?2 AND j.stage = 2 AND j.blocked_on = 6
