-- in: $1 job uuid
-- out: the dead job that keeps it waiting uuid, if there is one
SELECT m.job
FROM {s}.jobs j
JOIN {s}.groups s ON s.id = j.member_of
JOIN {s}.groups before ON before.parent = s.parent AND before.kind = 3 AND before.place < s.place AND before.dead > 0
JOIN {s}.members m ON m.group_id = before.id AND m.state = 2
WHERE j.id = $1 AND j.stage = 2 AND j.blocked_on = 6
ORDER BY before.place, m.place
LIMIT 1
