-- in: $1 ids uuid[]
-- out: id uuid of each whose record is gone
WITH gone AS (
    DELETE FROM {s}.history h WHERE h.id = ANY ($1) AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.id = h.id)
    RETURNING h.id
), attempts AS (
    DELETE FROM {s}.attempts a WHERE a.job_id = ANY (ARRAY(SELECT id FROM gone))
), checkpoints AS (
    DELETE FROM {s}.checkpoints c WHERE c.job_id = ANY (ARRAY(SELECT id FROM gone))
), events AS (
    DELETE FROM {s}.events e WHERE e.job_id = ANY (ARRAY(SELECT id FROM gone))
), letters AS (
    DELETE FROM {s}.dead_letters d WHERE d.job_id = ANY (ARRAY(SELECT id FROM gone))
)
SELECT DISTINCT id FROM gone
