-- in: $1 queue text, $2 at most int8
-- out: how many of its jobs are ready int8
SELECT count(*)
FROM (SELECT FROM {s}.jobs j WHERE j.queue = $1 AND j.stage = 0 AND j.worker IS NULL LIMIT $2) ready
