-- in: 1 ids of released jobs that somebody asked to cancel (JSON array of hex)
-- out: nothing
DELETE FROM {p}attempts
 WHERE job_id IN (
        SELECT c.job_id
          FROM json_each(?1) AS e
         CROSS JOIN {p}cancels AS c ON c.job_id = unhex(e.value)
         WHERE c.retain < 0)
