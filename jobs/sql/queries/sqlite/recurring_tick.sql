-- in: 1 ticks (JSON array of [name, base seen, base, next tick, last tick or null])
-- out: name of each that was settled
UPDATE {p}recurring
   SET base = tick.value ->> '$[2]', next_tick = tick.value ->> '$[3]',
       last_tick = coalesce(tick.value ->> '$[4]', last_tick)
  FROM json_each(?1) AS tick
 WHERE name = tick.value ->> '$[0]' AND base = tick.value ->> '$[1]' AND base <= tick.value ->> '$[2]' AND paused = 0
RETURNING name
