-- in: $1 workers uuid[], $2 limit int8
-- out: seq int8, then the columns of a claimed job, and whether it may have been begun bool
-- Claims of workers of which there is no row are as lost. A worker starts its claims in their order, so only the oldest
-- ones, as many as its slots, can have been begun. Those that were not come first: the place of the others among what
-- is left stays. Queues claimed together stand side by side.
WITH held AS MATERIALIZED (
    SELECT j.*, w.pools::jsonb -> j.queue AS pool
    FROM {s}.jobs j LEFT JOIN {s}.workers w ON w.id = j.worker
    WHERE j.stage = 0 AND j.worker IS NOT NULL AND (j.worker = ANY ($1) OR w.id IS NULL)
), ranked AS (
    SELECT h.*, coalesce(
        rank() OVER (PARTITION BY h.worker, coalesce(h.pool ->> 0, h.queue) ORDER BY h.claimed_at) - 1
        + row_number() OVER (PARTITION BY h.worker, h.queue, h.claimed_at ORDER BY h.priority, h.run_at, h.seq)
        <= (h.pool ->> 1)::bigint, true) AS begun
    FROM held h
)
SELECT j.seq, j.id, j.worker, j.fence, j.kind, j.version, j.queue, j.priority, j.run_at, j.enqueued_at, j.claimed_at,
    j.attempt, j.runs, j.crashes, j.counters, j.args, j.tags, j.keys, j.member_of, j.member_pos, j.trace, j.begun
FROM ranked j
ORDER BY j.begun, j.seq
LIMIT $2
