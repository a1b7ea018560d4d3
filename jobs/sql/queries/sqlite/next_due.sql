-- in: nothing
-- out: when the next scheduled job is due, when the next wait is over, when the next parked job goes on, when the next rate's window opens
SELECT (SELECT min(run_at) FROM {p}jobs WHERE stage = 1),
       (SELECT min(blocked_until) FROM {p}jobs WHERE stage = 2 AND blocked_until IS NOT NULL),
       (SELECT min(blocked_until) FROM {p}jobs WHERE stage = 3 AND blocked_until IS NOT NULL),
       (SELECT min(opens_at) FROM {p}limits WHERE opens_at IS NOT NULL)
