-- in: 1 claims (JSON array of [id, worker, fence, ...])
-- out: id, whether somebody asked to cancel it
DELETE FROM {p}jobs
 WHERE seq IN (
        SELECT j.seq
          FROM json_each(?1) AS e
         CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value ->> '$[0]')
         WHERE j.worker = unhex(e.value ->> '$[1]') AND j.fence = e.value ->> '$[2]')
RETURNING id, EXISTS (SELECT 1 FROM {p}cancels AS c WHERE c.job_id = {p}jobs.id)
