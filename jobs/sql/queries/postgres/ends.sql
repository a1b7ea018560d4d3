-- in: $1 now, $2 ids uuid[], $3 workers uuid[], $4 fences int8[], $5 ran int8[] (microseconds), $6 states int2[], $7 outputs text[], $8 reasons text[], $9 errors text[], $10 retains int8[] (microseconds), $11 error types text[], $12 messages text[], $13 chains text[], $14 logs text[]
-- out: id uuid, keys text, held bool, member_of uuid, member_pos int4 of each that was ended
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), given AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::uuid[], $3::uuid[], $4::int8[], $5::int8[], $6::int2[], $7::text[], $8::text[], $9::text[], $10::int8[], $11::text[], $12::text[], $13::text[], $14::text[]
    ) AS g(id, worker, fence, ran, state, output, reason, error, retain, error_type, message, chain, logs)
), gone AS (
    DELETE FROM {s}.jobs j USING given g
    WHERE j.id = g.id AND j.worker = g.worker AND j.fence = g.fence
    RETURNING j.*, g.ran, g.state, g.output, g.reason, g.error, g.retain, g.error_type, g.message, g.chain, g.logs
), kept AS (
    INSERT INTO {s}.history (id, worker, fence, run_at, enqueued_at, started_at, finished_at, expires_on, kind, version,
        attempt, runs, crashes, priority, state, queue, args, tags, counters, progress, output, reason,
        member_of, member_pos)
    SELECT o.id, o.worker, o.fence, o.run_at, o.enqueued_at, clock.now - o.ran * interval '1 microsecond', clock.now,
        ((clock.now + o.retain * interval '1 microsecond') AT TIME ZONE 'UTC')::date, o.kind, o.version,
        o.attempt + 1, o.runs + 1, o.crashes, o.priority, o.state, o.queue, o.args, o.tags, o.counters, o.progress, o.output, o.reason,
        o.member_of, o.member_pos
    FROM gone o, clock
    WHERE o.retain IS NOT NULL
), tried AS (
    INSERT INTO {s}.attempts (job_id, number, started_at, ended_at, worker, error, logs)
    SELECT o.id, o.runs + 1, clock.now - o.ran * interval '1 microsecond', clock.now, o.worker, o.error, o.logs
    FROM gone o, clock
    WHERE o.retain IS NOT NULL AND (o.error IS NOT NULL OR o.logs IS NOT NULL) AND o.ran IS NOT NULL
    ON CONFLICT DO NOTHING
), died AS (
    INSERT INTO {s}.dead_letters (job_id, kind, queue, error_type, message, chain, error, died_at, keys)
    SELECT o.id, o.kind, o.queue, o.error_type, o.message, o.chain, o.error, clock.now, o.keys
    FROM gone o, clock
    WHERE o.state = 2
), asked AS (
    DELETE FROM {s}.cancels c WHERE c.job_id = ANY (ARRAY(SELECT id FROM gone))
), forgotten_attempts AS (
    DELETE FROM {s}.attempts a WHERE a.job_id = ANY (ARRAY(SELECT id FROM gone WHERE retain IS NULL AND runs > 0))
), forgotten_checkpoints AS (
    DELETE FROM {s}.checkpoints c WHERE c.job_id = ANY (ARRAY(SELECT id FROM gone WHERE retain IS NULL))
), forgotten_events AS (
    DELETE FROM {s}.events e WHERE e.job_id = ANY (ARRAY(SELECT id FROM gone WHERE retain IS NULL))
), forgotten_letters AS (
    DELETE FROM {s}.dead_letters d WHERE d.job_id = ANY (ARRAY(SELECT id FROM gone WHERE retain IS NULL AND runs > 0))
)
SELECT id, keys, held, member_of, member_pos FROM gone
