-- in: $1 workers uuid[], $2 limit int8
-- out: seq int8, then the columns of a claimed job
SELECT j.seq, j.id, j.worker, j.fence, j.kind, j.version, j.queue, j.priority, j.run_at, j.enqueued_at, j.claimed_at,
    j.attempt, j.runs, j.crashes, j.counters, j.args, j.tags, j.keys
FROM {s}.jobs j
WHERE j.stage = 0 AND j.worker = ANY ($1)
LIMIT $2
