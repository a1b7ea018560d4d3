-- in: 1 ids (JSON array of hex)
-- out: id, state (NULL in the hot table), worker of the claim that ended last, its fence, how it ended
SELECT j.id, NULL, j.last_worker, j.fence - (j.worker IS NOT NULL), j.last_end
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value)
UNION ALL
SELECT h.id, h.state, h.worker, h.fence, NULL
  FROM json_each(?1) AS e
 CROSS JOIN {p}history AS h ON h.id = unhex(e.value)
