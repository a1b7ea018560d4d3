-- in: $1 span int4, $2 since timestamptz, $3 kind int4
-- out: at, outcome int2, count int8, micros int8
SELECT at, outcome, sum(count)::int8, sum(micros)::int8
FROM {s}.stats
WHERE span = $1 AND at >= $2 AND ($3::int4 IS NULL OR kind = $3)
GROUP BY at, outcome ORDER BY at, outcome
