-- in: $1 now, $2 limit int8
-- out: how many records went int8
WITH gone AS (
    DELETE FROM {s}.history_other
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM {s}.history_other
        WHERE expires_on < (coalesce($1::timestamptz, clock_timestamp()) AT TIME ZONE 'UTC')::date
        LIMIT $2 FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
), attempts AS (
    DELETE FROM {s}.attempts WHERE job_id = ANY (ARRAY(SELECT id FROM gone))
), checkpoints AS (
    DELETE FROM {s}.checkpoints WHERE job_id = ANY (ARRAY(SELECT id FROM gone))
), events AS (
    DELETE FROM {s}.events WHERE job_id = ANY (ARRAY(SELECT id FROM gone))
), letters AS (
    DELETE FROM {s}.dead_letters WHERE job_id = ANY (ARRAY(SELECT id FROM gone))
)
SELECT count(*) FROM gone
