-- in: $1 limit int8
-- out: key text of keys that jobs are blocked for, used int4 (NULL: nobody has it), whether the window opens later bool, keys text of the first of them
WITH RECURSIVE waiting AS (
    (SELECT j.waits_for AS key FROM {s}.jobs j WHERE j.stage = 2 AND j.waits_for IS NOT NULL ORDER BY j.waits_for LIMIT 1)
    UNION ALL
    SELECT (SELECT j.waits_for FROM {s}.jobs j WHERE j.stage = 2 AND j.waits_for > w.key ORDER BY j.waits_for LIMIT 1)
    FROM waiting w WHERE w.key IS NOT NULL
)
SELECT w.key, l.used, l.opens_at IS NOT NULL, (
    SELECT j.keys FROM {s}.jobs j WHERE j.stage = 2 AND j.waits_for = w.key ORDER BY j.priority, j.run_at, j.seq LIMIT 1
)
FROM (SELECT key FROM waiting WHERE key IS NOT NULL LIMIT $1) w LEFT JOIN {s}.limits l ON l.key = w.key
