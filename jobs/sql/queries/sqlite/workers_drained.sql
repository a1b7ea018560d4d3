-- in: 1 ids (JSON array of hex), 2 now
-- out: nothing
UPDATE {p}workers
   SET drained_at = ?2
 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND lost_at IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.worker = {p}workers.id)
