-- in: 1 tasks (JSON array of [name, kind, version, args, schedule, zone, description, catch_up, queue or null, priority or null]), 2 by a call, 3 now, 4 only new ones
-- out: name of each that is now as given
INSERT INTO {p}recurring (name, kind, version, args, schedule, zone, description, catch_up, queue, priority, dynamic, base, next_tick)
SELECT value ->> '$[0]', value ->> '$[1]', value ->> '$[2]', value ->> '$[3]', value ->> '$[4]', value ->> '$[5]',
       value ->> '$[6]', value ->> '$[7]', value ->> '$[8]', value ->> '$[9]', ?2, ?3, ?3
  FROM json_each(?1)
 WHERE true
ON CONFLICT (name) DO UPDATE
   SET kind = excluded.kind, version = excluded.version, args = excluded.args, schedule = excluded.schedule,
       zone = excluded.zone, description = excluded.description, catch_up = excluded.catch_up,
       queue = excluded.queue, priority = excluded.priority, dynamic = excluded.dynamic,
       base = CASE WHEN (schedule, zone) IS (excluded.schedule, excluded.zone) THEN base ELSE excluded.base END,
       next_tick = CASE WHEN (schedule, zone) IS (excluded.schedule, excluded.zone) THEN next_tick ELSE excluded.base END
 WHERE NOT ?4 AND (dynamic OR NOT excluded.dynamic)
RETURNING name
