-- in: 1 name, 2 paused, 3 now
-- out: nothing
INSERT INTO {p}queues (name, paused, declared_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET paused = excluded.paused WHERE paused <> excluded.paused
