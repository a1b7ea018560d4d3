-- in: 1 now, 2 kinds (JSON array) whose tasks by call may tick, 3 names (JSON array) of those by code, 4 at most
-- out: a task
SELECT r.name, r.kind, r.version, r.args, r.schedule, r.zone, r.description, r.catch_up, r.dynamic, r.paused, r.base, r.last_tick,
       r.next_tick, k.name, r.queue, r.priority
  FROM {p}recurring r
  LEFT JOIN {p}kinds k ON k.id = r.kind
 WHERE r.paused = 0 AND r.next_tick <= ?1
   AND CASE WHEN r.dynamic THEN r.kind IN (SELECT value FROM json_each(?2))
            ELSE r.name IN (SELECT value FROM json_each(?3)) END
 ORDER BY r.next_tick
 LIMIT ?4
