-- in: 1 name, 2 paused, 3 now
-- out: nothing
UPDATE {p}recurring
   SET base = CASE WHEN paused > ?2 THEN ?3 ELSE base END,
       next_tick = CASE WHEN paused > ?2 THEN ?3 ELSE next_tick END,
       paused = ?2
 WHERE name = ?1
