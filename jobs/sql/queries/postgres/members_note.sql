-- in: $1 jobs uuid[], $2 states int2[], $3 outputs text[]
-- out: group uuid, job uuid, own bool of each place that was written
UPDATE {s}.members m SET state = g.state, output = g.output
FROM unnest($1::uuid[], $2::int2[], $3::text[]) AS g(job, state, output)
WHERE m.job = g.job
RETURNING m.group_id, m.job, m.own
