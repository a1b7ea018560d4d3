-- in: 1 at most
-- out: id, host, pid, started_at, seen_at, lease, kinds, pools, stopped_at, lost_at, asked
SELECT id, host, pid, started_at, seen_at, lease, kinds, pools, stopped_at, lost_at, asked
  FROM {p}workers
 ORDER BY coalesce(stopped_at, lost_at) IS NOT NULL, started_at DESC
 LIMIT ?1
