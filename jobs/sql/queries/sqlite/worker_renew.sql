-- in: 1 worker
-- out: what is asked of it; no row if it is not alive
SELECT asked FROM {p}workers WHERE id = ?1 AND lost_at IS NULL AND stopped_at IS NULL
