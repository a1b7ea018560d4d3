-- in: 1 stages (JSON array), 2 at most
-- out: id of each scheduled, blocked, parked or (4) running job
SELECT id FROM (
    SELECT id FROM {p}jobs WHERE stage = 1 AND 1 IN (SELECT value FROM json_each(?1))
    UNION ALL
    SELECT id FROM {p}jobs WHERE stage = 2 AND 2 IN (SELECT value FROM json_each(?1))
    UNION ALL
    SELECT id FROM {p}jobs WHERE stage = 3 AND 3 IN (SELECT value FROM json_each(?1))
    UNION ALL
    SELECT id FROM {p}jobs WHERE worker IS NOT NULL AND 4 IN (SELECT value FROM json_each(?1)))
 LIMIT ?2
