-- in: $1 job ids uuid[]
-- out: job id uuid, keys text, held bool, member_of uuid, member_pos int4 of each that is discarded now
UPDATE {s}.history SET state = 1 WHERE id = ANY ($1) AND state = 2 RETURNING id, (SELECT d.keys FROM {s}.dead_letters d WHERE d.job_id = id ORDER BY d.number DESC LIMIT 1), false,
    member_of, member_pos
