-- in: 1 span, 2 since, 3 kind
-- out: at, outcome, count, micros
SELECT at, outcome, sum(count), sum(micros)
  FROM {p}stats
 WHERE span = ?1 AND at >= ?2 AND (?3 IS NULL OR kind = ?3)
 GROUP BY at, outcome
 ORDER BY at, outcome
