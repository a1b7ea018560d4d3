-- in: $1 keys text[], $2 jobs uuid[]
-- out: nothing
DELETE FROM {s}.uniques u USING unnest($1::text[], $2::uuid[]) AS g(key, job) WHERE u.key = g.key AND u.job = g.job
