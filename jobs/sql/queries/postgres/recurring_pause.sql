-- in: $1 now, $2 name text, $3 paused bool
-- out: nothing
UPDATE {s}.recurring r
SET base = CASE WHEN r.paused AND NOT $3 THEN clock.now ELSE r.base END,
    next_tick = CASE WHEN r.paused AND NOT $3 THEN clock.now ELSE r.next_tick END,
    paused = $3
FROM (SELECT coalesce($1::timestamptz, clock_timestamp()) AS now) clock
WHERE r.name = $2
