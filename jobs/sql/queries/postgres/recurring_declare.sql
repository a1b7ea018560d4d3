-- in: $1 now, $2 names text[], $3 kinds int4[], $4 versions int4[], $5 args text[], $6 schedules text[], $7 zones text[], $8 descriptions text[], $9 catch_ups int2[], $10 by a call bool, $11 only new ones bool, $12 queues text[], $13 priorities int2[]
-- out: name of each that is now as given text
INSERT INTO {s}.recurring AS r (name, kind, version, args, schedule, zone, description, catch_up, queue, priority, dynamic, base, next_tick)
SELECT g.name, g.kind, g.version, g.args, g.schedule, g.zone, g.description, g.catch_up, g.queue, g.priority, $10, clock.now, clock.now
FROM unnest($2::text[], $3::int4[], $4::int4[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int2[], $12::text[],
        $13::int2[])
    AS g(name, kind, version, args, schedule, zone, description, catch_up, queue, priority),
    (SELECT coalesce($1::timestamptz, clock_timestamp()) AS now) clock
ORDER BY g.name
ON CONFLICT (name) DO UPDATE
SET kind = excluded.kind, version = excluded.version, args = excluded.args, schedule = excluded.schedule,
    zone = excluded.zone, description = excluded.description, catch_up = excluded.catch_up,
    queue = excluded.queue, priority = excluded.priority, dynamic = excluded.dynamic,
    base = CASE WHEN (r.schedule, r.zone) = (excluded.schedule, excluded.zone) THEN r.base ELSE excluded.base END,
    next_tick = CASE WHEN (r.schedule, r.zone) = (excluded.schedule, excluded.zone) THEN r.next_tick ELSE excluded.base END
WHERE NOT $11 AND (r.dynamic OR NOT excluded.dynamic)
RETURNING r.name
