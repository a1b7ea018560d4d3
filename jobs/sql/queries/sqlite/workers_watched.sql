-- in: nothing
-- out: id, whether it was declared lost before
SELECT id, lost_at IS NOT NULL FROM {p}workers WHERE stopped_at IS NULL AND drained_at IS NULL
