-- in: 1 worker, 2 now
-- out: nothing
-- A worker should have no claims left; one that has some after all is lost, so that they are handed over.
UPDATE {p}workers
   SET stopped_at = iif(EXISTS (SELECT 1 FROM {p}jobs WHERE worker = ?1), NULL, ?2),
       lost_at = iif(EXISTS (SELECT 1 FROM {p}jobs WHERE worker = ?1), ?2, lost_at)
 WHERE id = ?1 AND stopped_at IS NULL AND lost_at IS NULL
