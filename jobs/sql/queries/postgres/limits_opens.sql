-- in: $1 keys text[], $2 opens int8[] (microseconds since the epoch; NULL: nothing waits)
-- out: nothing
UPDATE {s}.limits l SET opens_at = to_timestamp(g.opens / 1000000.0)
FROM unnest($1::text[], $2::int8[]) AS g(key, opens) WHERE l.key = g.key
