-- in: $1 now, $2 name text or NULL
-- out: a task, and whether a live worker declares it bool
SELECT r.name, r.kind, r.version, r.args, r.schedule, r.zone, r.description, r.catch_up, r.dynamic, r.paused, r.base, r.last_tick,
    r.next_tick, r.queue, r.priority, k.name AS job,
    EXISTS (
        SELECT FROM {s}.recurring_workers d JOIN {s}.workers w ON w.id = d.worker
        WHERE d.task = r.name AND w.stopped_at IS NULL AND w.lost_at IS NULL
            AND w.seen_at + w.lease >= coalesce($1::timestamptz, clock_timestamp())
    ) AS declared
FROM {s}.recurring r
LEFT JOIN {s}.kinds k ON k.id = r.kind
WHERE $2::text IS NULL OR r.name = $2
ORDER BY r.name
