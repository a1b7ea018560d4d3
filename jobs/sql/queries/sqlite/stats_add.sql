-- in: 1 now in seconds, 2 rows (JSON array of [kind, outcome, count, micros])
-- out: nothing
INSERT INTO {p}stats (span, at, kind, outcome, count, micros)
SELECT s.value, (?1 - ?1 % s.value) * 1000000, e.value ->> '$[0]', e.value ->> '$[1]', e.value ->> '$[2]', e.value ->> '$[3]'
  FROM json_each('[60,3600]') AS s CROSS JOIN json_each(?2) AS e
 WHERE true
ON CONFLICT (span, at, kind, outcome) DO UPDATE SET count = count + excluded.count, micros = micros + excluded.micros
