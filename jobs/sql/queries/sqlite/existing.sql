-- in: 1 ids (JSON array of hex), 2 whether to look among finished records
-- out: id, kind
SELECT j.id, j.kind
  FROM json_each(?1) AS e
 CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value)
UNION ALL
SELECT h.id, h.kind
  FROM json_each(?1) AS e
 CROSS JOIN {p}history AS h ON h.id = unhex(e.value)
 WHERE ?2
