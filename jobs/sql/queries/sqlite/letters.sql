-- in: 1 names (JSON array; empty for all), 2 queue, 3 text in lower case, 4 since, 5 at most, 6 offset, 7 numbers below, 8 job
-- out: number, job_id, error, died_at, resolved_at
SELECT d.number, d.job_id, d.error, d.died_at, d.resolved_at
  FROM {p}dead_letters AS d
 WHERE true {open}
   AND (?1 = '[]' OR d.kind IN (SELECT k.id FROM json_each(?1) AS n CROSS JOIN {p}kinds AS k ON k.name = n.value))
   AND (?2 IS NULL OR d.queue = ?2)
   AND (?3 IS NULL OR instr(d.search, ?3) > 0)
   AND (?4 IS NULL OR d.died_at >= ?4)
   AND (?7 IS NULL OR d.number < ?7)
   AND (?8 IS NULL OR d.job_id = ?8)
   AND (EXISTS (SELECT 1 FROM {p}history AS h WHERE h.id = d.job_id)
        OR EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.id = d.job_id))
 ORDER BY d.number DESC
 LIMIT ?5 OFFSET ?6
