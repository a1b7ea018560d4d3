-- in: 1 worker
-- out: nothing
DELETE FROM {p}recurring_workers
 WHERE worker = ?1 OR worker NOT IN (SELECT id FROM {p}workers WHERE stopped_at IS NULL AND lost_at IS NULL)
