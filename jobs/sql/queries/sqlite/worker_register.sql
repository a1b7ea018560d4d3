-- in: 1 id, 2 host, 3 pid, 4 now, 5 lease, 6 kinds, 7 pools
-- out: nothing
INSERT INTO {p}workers (id, host, pid, started_at, seen_at, lease, kinds, pools)
VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE
   SET host = excluded.host, pid = excluded.pid, started_at = excluded.started_at, seen_at = excluded.seen_at,
       lease = excluded.lease, kinds = excluded.kinds, pools = excluded.pools,
       stopped_at = NULL, lost_at = NULL, drained_at = NULL
