-- in: 1 rows (JSON array of texts: id as 32 hex digits, 6 digits of the head's index, 20 of the fence, 20 of started_at, output), 2 heads (JSON array of [worker, state, reason, finished_at, expires_at or NULL to keep nothing, called, has output])
-- out: nothing
WITH heads AS MATERIALIZED (
    SELECT key AS at,
           unhex(value ->> '$[0]') AS worker,
           value ->> '$[1]' AS state,
           value ->> '$[2]' AS reason,
           value ->> '$[3]' AS finished_at,
           value ->> '$[4]' AS expires_at,
           value ->> '$[5]' AS called,
           value ->> '$[6]' AS has_output
      FROM json_each(?2)
)
INSERT OR REPLACE INTO {p}history (id, state, kind, version, queue, priority, run_at, worker, fence, attempt, runs,
       crashes, enqueued_at, started_at, finished_at, expires_at, reason, output, progress, tags, args, member_of, member_pos)
SELECT j.id, h.state, j.kind, j.version, j.queue, j.priority, j.run_at, j.worker, j.fence, j.attempt,
       j.runs + h.called, j.crashes, j.enqueued_at, iif(h.called, CAST(substr(r.value, 59, 20) AS INTEGER), NULL),
       h.finished_at, h.expires_at, h.reason, iif(h.has_output, substr(r.value, 79), NULL), j.progress, j.tags, j.args,
       j.member_of, j.member_pos
  FROM json_each(?1) AS r
 CROSS JOIN heads AS h ON h.at = CAST(substr(r.value, 33, 6) AS INTEGER)
 CROSS JOIN {p}jobs AS j ON j.id = unhex(substr(r.value, 1, 32))
 WHERE j.worker = h.worker AND j.fence = CAST(substr(r.value, 39, 20) AS INTEGER) AND h.expires_at IS NOT NULL
