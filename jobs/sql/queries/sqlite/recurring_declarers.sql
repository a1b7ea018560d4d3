-- in: nothing
-- out: task, worker that is not known to be gone
SELECT d.task, d.worker
  FROM {p}recurring_workers d
  JOIN {p}workers w ON w.id = d.worker
 WHERE w.stopped_at IS NULL AND w.lost_at IS NULL
