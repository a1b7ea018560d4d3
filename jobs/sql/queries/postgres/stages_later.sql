-- in: $1 chain uuid, $2 place int4
-- out: id uuid of each job that waits in a later stage; locked
SELECT j.id FROM {s}.groups g JOIN {s}.jobs j ON j.member_of = g.id
WHERE g.parent = $1 AND g.kind = 3 AND g.place > $2 AND j.stage = 2 AND j.blocked_on = 6
ORDER BY j.id
FOR UPDATE OF j
