-- in: 1 now, 2 letters died before (and groups with a death ended), 3 workers stopped or lost before, 4 groups ended before
-- out: whether there is anything to prune
SELECT EXISTS (SELECT 1 FROM {p}history WHERE expires_at <= ?1)
    OR EXISTS (SELECT 1 FROM {p}dead_letters WHERE died_at <= ?2 AND resolved_at IS NOT NULL)
    OR EXISTS (SELECT 1 FROM {p}workers WHERE stopped_at <= ?3 OR (lost_at <= ?3 AND drained_at IS NOT NULL))
    OR EXISTS (SELECT 1 FROM {p}groups WHERE ended_at <= ?4 AND (dead = 0 OR ended_at <= ?2))
