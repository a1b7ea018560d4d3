-- in: 1 job
-- out: the dead job that keeps it waiting, if there is one
SELECT m.job
  FROM {p}jobs AS j
 CROSS JOIN {p}groups AS s ON s.id = j.member_of
 CROSS JOIN {p}groups AS before ON before.parent = s.parent AND before.kind = 3 AND before.place < s.place AND before.dead > 0
 CROSS JOIN {p}members AS m ON m.group_id = before.id AND m.state = 3
 WHERE j.id = ?1 AND j.stage = 2 AND j.blocked_on = 6
 ORDER BY before.place, m.place
 LIMIT 1
