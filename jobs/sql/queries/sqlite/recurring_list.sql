-- in: 1 name or NULL
-- out: a task
SELECT r.name, r.kind, r.version, r.args, r.schedule, r.zone, r.description, r.catch_up, r.dynamic, r.paused, r.base, r.last_tick,
       r.next_tick, k.name, r.queue, r.priority
  FROM {p}recurring r
  LEFT JOIN {p}kinds k ON k.id = r.kind
 WHERE ?1 IS NULL OR r.name = ?1
 ORDER BY r.name
