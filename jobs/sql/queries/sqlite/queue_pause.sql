-- in: 1 name, 2 paused, 3 now, 4 by whom
-- out: nothing
INSERT INTO {p}queues (name, paused, declared_at, paused_by, paused_at)
VALUES (?1, ?2, ?3, CASE WHEN ?2 THEN ?4 END, CASE WHEN ?2 THEN ?3 END)
ON CONFLICT (name) DO UPDATE
   SET paused = excluded.paused, paused_by = excluded.paused_by, paused_at = excluded.paused_at
 WHERE paused <> excluded.paused
