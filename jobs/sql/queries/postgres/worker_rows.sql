-- in: $1 now, $2 limit int8
-- out: id uuid, host text, pid int8, started at, seen at, now, lease int8 (microseconds), kinds text, pools text, stopped at, lost at, silent bool, asked int2
SELECT w.id, w.host, w.pid, w.started_at, w.seen_at, clock.now, (extract(epoch FROM w.lease) * 1000000)::int8, w.kinds, w.pools,
    w.stopped_at, w.lost_at, w.seen_at + w.lease < clock.now, w.asked
FROM {s}.workers w, (SELECT coalesce($1::timestamptz, clock_timestamp()) AS now) clock
ORDER BY coalesce(w.stopped_at, w.lost_at) IS NOT NULL, w.started_at DESC LIMIT $2
