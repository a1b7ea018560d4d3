-- in: 1 ids (JSON array of hex)
-- out: queue of each parked job that is ready now, for what it awaits has come
UPDATE {p}jobs AS j
   SET stage = 0, waits_for = NULL, blocked_until = NULL
 WHERE j.id IN (SELECT unhex(value) FROM json_each(?1)) AND j.stage = 3
   AND (EXISTS (SELECT 1 FROM {p}events AS e WHERE e.job_id = j.id AND 'event:' || e.name = j.waits_for)
        OR EXISTS (SELECT 1 FROM {p}groups AS g
                    WHERE j.waits_for LIKE 'children:%' AND g.id = unhex(substr(j.waits_for, 10)) AND g.open = 0))
RETURNING queue
