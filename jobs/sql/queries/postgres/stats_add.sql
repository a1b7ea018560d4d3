-- in: $1 now, $2 kinds int4[], $3 outcomes int2[], $4 counts int8[], $5 micros int8[]
-- out: nothing
WITH clock AS MATERIALIZED (
    SELECT floor(extract(epoch FROM coalesce($1::timestamptz, clock_timestamp())))::int8 AS now
)
INSERT INTO {s}.stats AS t (span, at, kind, outcome, count, micros)
SELECT s.span, to_timestamp(clock.now - clock.now % s.span), g.kind, g.outcome, g.count, g.micros
FROM clock, unnest(ARRAY[60, 3600]) AS s(span), unnest($2::int4[], $3::int2[], $4::int8[], $5::int8[]) AS g(kind, outcome, count, micros)
ORDER BY s.span, g.kind, g.outcome
ON CONFLICT (span, at, kind, outcome) DO UPDATE SET count = t.count + excluded.count, micros = t.micros + excluded.micros
