-- in: 1 ids (JSON array of hex)
-- out: nothing; what is of jobs that left no record goes
DELETE FROM {p}events
 WHERE job_id IN (
        SELECT unhex(e.value) FROM json_each(?1) AS e
         WHERE NOT EXISTS (SELECT 1 FROM {p}jobs WHERE id = unhex(e.value))
           AND NOT EXISTS (SELECT 1 FROM {p}history WHERE id = unhex(e.value)))
