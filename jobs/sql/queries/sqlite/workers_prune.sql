-- in: 1 stopped or lost before
-- out: nothing
DELETE FROM {p}workers WHERE stopped_at <= ?1 OR (lost_at <= ?1 AND drained_at IS NOT NULL)
