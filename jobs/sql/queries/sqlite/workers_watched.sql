-- in: nothing
-- out: id, whether it is known to be gone
-- Claims of a worker that stopped, or of which there is no row, are as lost as those of a dead one.
SELECT id, lost_at IS NOT NULL FROM {p}workers WHERE stopped_at IS NULL AND drained_at IS NULL
UNION ALL
SELECT DISTINCT j.worker, 1
  FROM {p}jobs AS j
  LEFT JOIN {p}workers AS w ON w.id = j.worker
 WHERE j.worker IS NOT NULL AND (w.id IS NULL OR w.stopped_at IS NOT NULL)
