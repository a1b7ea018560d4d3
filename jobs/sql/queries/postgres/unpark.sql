-- in: $1 ids uuid[]
-- out: queue text of each parked job that is ready now, for what it awaits has come
-- A statement of its own behind the one that locked the rows: it sees what was sent while that one waited for them.
UPDATE {s}.jobs j SET stage = 0, waits_for = NULL, blocked_until = NULL
WHERE j.id = ANY ($1) AND j.stage = 3
    AND EXISTS (SELECT FROM {s}.events e WHERE e.job_id = j.id AND 'event:' || e.name = j.waits_for)
RETURNING j.queue
