-- in: $1 names text[], $2 bases seen timestamptz[], $3 bases timestamptz[], $4 next ticks timestamptz[], $5 last ticks timestamptz[]
-- out: name of each that was settled text
-- Rows are locked in the order of their names, so that two schedulers wait for each other and do not deadlock.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
        AS g(name, seen, base, next_tick, last_tick)
), held AS MATERIALIZED (
    SELECT r.name FROM {s}.recurring r WHERE r.name IN (SELECT g.name FROM given g) ORDER BY r.name FOR UPDATE
)
UPDATE {s}.recurring r
SET base = g.base, next_tick = g.next_tick, last_tick = coalesce(g.last_tick, r.last_tick)
FROM given g
WHERE r.name = g.name AND g.name IN (SELECT h.name FROM held h)
    AND r.base = g.seen AND r.base <= g.base AND NOT r.paused
RETURNING r.name
