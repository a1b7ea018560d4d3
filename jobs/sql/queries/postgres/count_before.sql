-- in: $1 id uuid, $2 at most int8
-- out: how many ready jobs of its queue come before it int8
SELECT count(*) FROM (
    SELECT FROM {s}.jobs j, (SELECT queue, priority, run_at, seq FROM {s}.jobs WHERE id = $1) me
    WHERE j.stage = 0 AND j.worker IS NULL AND j.queue = me.queue
        AND (j.priority, j.run_at, j.seq) < (me.priority, me.run_at, me.seq)
    LIMIT $2
) before
