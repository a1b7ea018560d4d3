-- in: $1 limit int8
-- out: key text, job uuid of keys whose job is gone
SELECT u.key, u.job FROM {s}.uniques u
WHERE u.expires_at IS NULL AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = u.job)
LIMIT $1
