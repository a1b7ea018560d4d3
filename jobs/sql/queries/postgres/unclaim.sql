-- in: $1 worker uuid, $2 tickets int8[]
-- out: ticket int8, job id uuid, keys text, held bool before of each job that was put back
WITH mine AS MATERIALIZED (
    SELECT j.id, j.held FROM {s}.jobs j WHERE j.worker = $1 AND j.stage = 0 AND j.ticket = ANY ($2) ORDER BY j.id FOR UPDATE
), undone AS (
    UPDATE {s}.jobs j SET worker = NULL, held = NULL WHERE j.id = ANY (ARRAY(SELECT id FROM mine)) RETURNING j.id, j.ticket, j.keys
)
SELECT u.ticket, u.id, u.keys, m.held FROM undone u JOIN mine m ON m.id = u.id
