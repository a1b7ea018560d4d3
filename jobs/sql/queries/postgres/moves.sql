-- in: $1 now, $2 ids uuid[], $3 workers uuid[], $4 fences int8[], $5 ran int8[] (microseconds), $6 stages int2[], $7 delays int8[] (microseconds; NULL keeps the place), $8 queues text[], $9 priorities int2[], $10 attempts more int4[], $11 runs more int4[], $12 crashes more int4[], $13 whether counters change bool[], $14 counters text[], $15 blocked on int2[], $16 blocked for int8[] (microseconds), $17 whether an attempt is recorded bool[], $18 errors text[], $19 parked until timestamptz[], $20 awaited text[], $21 logs text[]
-- out: id uuid, keys text, held bool before of each that was moved; whether it has ended instead, for somebody had asked to cancel it bool; member_of uuid, member_pos int4 of those
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::uuid[], $3::uuid[], $4::int8[], $5::int8[], $6::int2[], $7::int8[], $8::text[], $9::int2[], $10::int4[], $11::int4[],
        $12::int4[], $13::bool[], $14::text[], $15::int2[], $16::int8[], $17::bool[], $18::text[], $19::timestamptz[], $20::text[], $21::text[]
    ) AS g(id, worker, fence, ran, stage, delay, queue, priority, attempts, runs, crashes, recount, counters, blocked_on, blocked_for, record, error, parked_until, awaited, logs)
), locked AS MATERIALIZED (
    SELECT j.id, j.held, c.retain
    FROM given g JOIN {s}.jobs j ON j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
    LEFT JOIN {s}.cancels c ON c.job_id = j.id
    ORDER BY j.id
    FOR UPDATE OF j
), moved AS (
    UPDATE {s}.jobs j
    SET worker = NULL, held = NULL, last_worker = j.worker, stage = g.stage,
        last_end = CASE WHEN g.stage = 3 THEN 5 WHEN g.blocked_on IS NOT NULL THEN 4 WHEN g.crashes > 0 THEN 3 WHEN g.attempts > 0 THEN 1 ELSE 2 END,
        run_at = coalesce((SELECT now FROM clock) + g.delay * interval '1 microsecond', j.run_at),
        queue = coalesce(g.queue, j.queue), priority = coalesce(g.priority, j.priority),
        attempt = j.attempt + g.attempts, runs = j.runs + g.runs, crashes = j.crashes + g.crashes,
        counters = CASE WHEN g.recount THEN g.counters ELSE j.counters END,
        blocked_on = g.blocked_on, waits_for = g.awaited,
        blocked_until = coalesce(g.parked_until, (SELECT now FROM clock) + g.blocked_for * interval '1 microsecond')
    FROM given g
    WHERE j.id = ANY (ARRAY(SELECT id FROM locked WHERE retain IS NULL)) AND j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
    RETURNING j.id, j.keys, j.runs, j.claimed_at, g.worker, g.ran, g.record, g.error, g.logs
), ended AS (
    DELETE FROM {s}.jobs j USING locked h, given g
    WHERE j.id = h.id AND h.retain IS NOT NULL AND j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
    RETURNING j.*, h.retain, g.ran, g.record, g.error, g.logs, g.attempts, g.runs AS more_runs, g.crashes AS more_crashes
), kept AS (
    INSERT INTO {s}.history (id, worker, fence, run_at, enqueued_at, finished_at, expires_on, kind, version,
        attempt, runs, crashes, priority, state, queue, args, tags, counters, progress,
        member_of, member_pos)
    SELECT o.id, o.worker, o.fence, o.run_at, o.enqueued_at, clock.now,
        ((clock.now + o.retain * interval '1 microsecond') AT TIME ZONE 'UTC')::date, o.kind, o.version,
        o.attempt + o.attempts, o.runs + o.more_runs, o.crashes + o.more_crashes, o.priority, 3, o.queue, o.args, o.tags,
        o.counters, o.progress, o.member_of, o.member_pos
    FROM ended o, clock
    WHERE o.retain >= 0
), tried AS (
    INSERT INTO {s}.attempts (job_id, number, started_at, ended_at, worker, error, logs)
    SELECT m.id, m.runs, coalesce(clock.now - m.ran * interval '1 microsecond', m.claimed_at, clock.now), clock.now, m.worker, m.error, m.logs
    FROM (
        SELECT id, runs, ran, claimed_at, worker, error, logs, record FROM moved
        UNION ALL
        SELECT id, runs + more_runs, ran, claimed_at, worker, error, logs, record FROM ended WHERE retain >= 0
    ) m, clock
    WHERE m.record
    ON CONFLICT DO NOTHING
), asked AS (
    DELETE FROM {s}.cancels c WHERE c.job_id = ANY (ARRAY(SELECT id FROM ended))
), forgotten AS (
    DELETE FROM {s}.attempts a WHERE a.job_id = ANY (ARRAY(SELECT id FROM ended WHERE retain < 0))
), forgotten_checkpoints AS (
    DELETE FROM {s}.checkpoints c WHERE c.job_id = ANY (ARRAY(SELECT id FROM ended WHERE retain < 0))
), forgotten_events AS (
    DELETE FROM {s}.events e WHERE e.job_id = ANY (ARRAY(SELECT id FROM ended WHERE retain < 0))
)
SELECT m.id, m.keys, l.held, false, NULL::uuid, NULL::int4 FROM moved m LEFT JOIN locked l ON m.keys IS NOT NULL AND l.id = m.id
UNION ALL
SELECT id, keys, held, true, member_of, member_pos FROM ended
