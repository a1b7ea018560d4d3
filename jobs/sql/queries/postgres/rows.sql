-- in: $1 ids uuid[]
-- out: what is kept of each job; a waiting or running one has a stage, an ended one a state
SELECT j.id, k.name, j.queue, j.priority, j.tags, j.args, j.stage, NULL::int2 AS state, j.blocked_on, NULL::text AS reason,
    j.enqueued_at, j.run_at, j.claimed_at AS started_at, NULL::timestamptz AS finished_at, j.runs, j.worker, j.progress, NULL::text AS output
FROM {s}.jobs j LEFT JOIN {s}.kinds k ON k.id = j.kind
WHERE j.id = ANY ($1)
UNION ALL
SELECT h.id, k.name, h.queue, h.priority, h.tags, h.args, NULL, h.state, NULL, h.reason,
    h.enqueued_at, h.run_at, h.started_at, h.finished_at, h.runs, h.worker, h.progress, h.output
FROM {s}.history h LEFT JOIN {s}.kinds k ON k.id = h.kind
WHERE h.id = ANY ($1)
