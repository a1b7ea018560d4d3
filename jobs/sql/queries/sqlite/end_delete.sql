-- in: 1 rows (as of end_history), 2 heads (as of end_history)
-- out: id, whether somebody asked to cancel it, keys, held, member_of, member_pos
WITH heads AS MATERIALIZED (
    SELECT key AS at, unhex(value ->> '$[0]') AS worker FROM json_each(?2)
)
DELETE FROM {p}jobs
 WHERE seq IN (
        SELECT j.seq
          FROM json_each(?1) AS r
         CROSS JOIN heads AS h ON h.at = CAST(substr(r.value, 33, 6) AS INTEGER)
         CROSS JOIN {p}jobs AS j ON j.id = unhex(substr(r.value, 1, 32))
         WHERE j.worker = h.worker AND j.fence = CAST(substr(r.value, 39, 20) AS INTEGER))
RETURNING id, EXISTS (SELECT 1 FROM {p}cancels AS c WHERE c.job_id = {p}jobs.id), keys, held, member_of, member_pos
