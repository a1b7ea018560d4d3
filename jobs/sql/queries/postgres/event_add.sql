-- in: $1 now, $2 job uuid, $3 name text, $4 value text
-- out: nothing
INSERT INTO {s}.events (job_id, name, value, sent_at) VALUES ($2, $3, $4, coalesce($1::timestamptz, clock_timestamp()))
