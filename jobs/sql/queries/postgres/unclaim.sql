-- in: $1 worker uuid, $2 tickets int8[]
-- out: ticket int8 of each job that was put back
UPDATE {s}.jobs SET worker = NULL WHERE worker = $1 AND stage = 0 AND ticket = ANY ($2) RETURNING ticket
