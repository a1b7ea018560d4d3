-- in: 1 ids (JSON array of hex), 2 now
-- out: id of each that is ready now
UPDATE {p}jobs SET stage = 0, run_at = ?2
 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND stage = 1
RETURNING id
