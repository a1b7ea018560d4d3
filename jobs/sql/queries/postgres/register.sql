-- in: $1 now, $2 id uuid, $3 host text, $4 pid int8, $5 lease int8 (microseconds), $6 kinds text, $7 pools text
-- out: nothing
INSERT INTO {s}.workers (id, host, pid, started_at, seen_at, lease, kinds, pools)
SELECT $2, $3, $4, clock.now, clock.now, $5 * interval '1 microsecond', $6, $7
FROM (SELECT coalesce($1::timestamptz, clock_timestamp()) AS now) clock
ON CONFLICT (id) DO UPDATE
SET host = excluded.host, pid = excluded.pid, started_at = excluded.started_at, seen_at = excluded.seen_at,
    lease = excluded.lease, kinds = excluded.kinds, pools = excluded.pools, asleep = false,
    stopped_at = NULL, lost_at = NULL, cleared_at = NULL
