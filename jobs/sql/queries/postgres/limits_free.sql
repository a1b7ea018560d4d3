-- in: $1 keys text[] in order, $2 slots int8[] that are given back
-- out: nothing; who may go on is to be found by a statement of its own, which sees what others committed meanwhile
WITH locked AS MATERIALIZED (
    SELECT l.key FROM {s}.limits l WHERE l.key = ANY ($1) ORDER BY l.key FOR UPDATE
)
UPDATE {s}.limits l SET used = greatest(l.used - g.n, 0)
FROM unnest($1::text[], $2::int8[]) AS g(key, n)
WHERE l.key = g.key AND l.key = ANY (ARRAY(SELECT key FROM locked))
