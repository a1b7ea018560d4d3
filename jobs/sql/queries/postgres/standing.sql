-- in: $1 id uuid
-- out: kind int4, version int4, blocked_on int2, blocked_until, waits_for text, keys text, worker uuid
SELECT j.kind, j.version, j.blocked_on, j.blocked_until, j.waits_for, j.keys, j.worker FROM {s}.jobs j WHERE j.id = $1
UNION ALL
(SELECT h.kind, h.version, NULL, NULL, NULL,
    (SELECT d.keys FROM {s}.dead_letters d WHERE d.job_id = $1 ORDER BY d.number DESC LIMIT 1), NULL
 FROM {s}.history h WHERE h.id = $1 ORDER BY h.finished_at DESC LIMIT 1)
LIMIT 1
