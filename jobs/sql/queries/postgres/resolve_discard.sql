-- in: $1 job ids uuid[]
-- out: job id uuid of each that is discarded now
UPDATE {s}.history SET state = 1 WHERE id = ANY ($1) AND state = 2 RETURNING id
