-- in: $1 now, $2 kinds whose tasks by call may tick int4[], $3 names of those by code text[], $4 at most int8
-- out: now timestamptz, then a task that is due, or the next one that is not yet; one row without a task if there is none
WITH clock AS MATERIALIZED (
    SELECT coalesce($1::timestamptz, clock_timestamp()) AS now
), due AS MATERIALIZED (
    SELECT r.* FROM {s}.recurring r
    WHERE NOT r.paused AND r.next_tick <= (SELECT now FROM clock)
        AND CASE WHEN r.dynamic THEN r.kind = ANY ($2) ELSE r.name = ANY ($3) END
    ORDER BY r.next_tick LIMIT $4
), later AS MATERIALIZED (
    SELECT r.* FROM {s}.recurring r
    WHERE NOT r.paused AND r.next_tick > (SELECT now FROM clock)
        AND CASE WHEN r.dynamic THEN r.kind = ANY ($2) ELSE r.name = ANY ($3) END
    ORDER BY r.next_tick LIMIT 1
)
SELECT clock.now, r.name, r.kind, r.version, r.args, r.schedule, r.zone, r.description, r.catch_up, r.dynamic, r.paused, r.base, r.last_tick,
    r.next_tick, r.queue, r.priority, k.name AS job
FROM clock
LEFT JOIN (SELECT * FROM due UNION ALL SELECT * FROM later) r ON true
LEFT JOIN {s}.kinds k ON k.id = r.kind
ORDER BY r.next_tick
