-- in: 1 now, 2 kinds (JSON array) whose tasks by call may tick, 3 names (JSON array) of those by code
-- out: when the next one is due
SELECT r.next_tick
  FROM {p}recurring r
 WHERE r.paused = 0 AND r.next_tick > ?1
   AND CASE WHEN r.dynamic THEN r.kind IN (SELECT value FROM json_each(?2))
            ELSE r.name IN (SELECT value FROM json_each(?3)) END
 ORDER BY r.next_tick
 LIMIT 1
