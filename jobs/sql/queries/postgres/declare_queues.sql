-- in: $1 names text[], $2 paused bool[]
-- out: nothing
INSERT INTO {s}.queues (name, paused)
SELECT g.name, g.paused FROM unnest($1::text[], $2::bool[]) AS g(name, paused)
WHERE NOT EXISTS (SELECT FROM {s}.queues q WHERE q.name = g.name)
ORDER BY g.name
ON CONFLICT (name) DO NOTHING
