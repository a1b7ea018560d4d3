-- in: $1 now, $2 job ids uuid[], $3 keys text[]
-- out: job id uuid, keys text, held bool, member_of uuid, member_pos int4 of each that is ready again
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), taken AS (
    DELETE FROM {s}.history h
    WHERE h.id = ANY ($2) AND h.state = 2 AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = h.id)
    RETURNING *
)
INSERT INTO {s}.jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, fence, attempt, runs, crashes, args, tags, keys, member_of, member_pos)
SELECT t.id, t.kind, t.version, t.queue, t.priority, clock.now, t.enqueued_at, 0, t.fence, 0, t.runs, 0, t.args, t.tags, g.keys, t.member_of, t.member_pos
FROM clock, taken t JOIN unnest($2::uuid[], $3::text[]) AS g(id, keys) ON g.id = t.id
RETURNING id, keys, false, member_of, member_pos
