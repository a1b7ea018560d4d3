-- in: $1 worker uuid
-- out: nothing
DELETE FROM {s}.recurring_workers d
WHERE d.worker = $1
    OR NOT EXISTS (SELECT FROM {s}.workers w WHERE w.id = d.worker AND w.stopped_at IS NULL AND w.lost_at IS NULL)
