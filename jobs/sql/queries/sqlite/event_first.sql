-- in: 1 job, 2 name, 3 number
-- out: value and seq of the first event of that name, unless that number is settled
SELECT value, seq FROM {p}events
 WHERE job_id = ?1 AND name = ?2
   AND NOT EXISTS (SELECT 1 FROM {p}checkpoints
                    WHERE job_id = ?1 AND kind = 4 AND name = ?2 AND number = ?3 AND value IS NOT NULL)
 ORDER BY seq
 LIMIT 1
