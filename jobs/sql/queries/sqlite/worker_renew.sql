-- in: 1 worker
-- out: whether it is alive
SELECT 1 FROM {p}workers WHERE id = ?1 AND lost_at IS NULL AND stopped_at IS NULL
