-- in: nothing
-- out: when the next scheduled job is due, when the next wait is over
SELECT (SELECT min(run_at) FROM {p}jobs WHERE stage = 1),
       (SELECT min(blocked_until) FROM {p}jobs WHERE stage = 2 AND blocked_until IS NOT NULL)
