-- in: 1 changes (JSON array of [id as hex, total, open, succeeded, discarded, dead, cancelled]), 2 now
-- out: id, kind, parent, place, name, listed, total, open, succeeded, discarded, dead, cancelled, counted, passed, callbacks
UPDATE {p}groups AS g
   SET total = g.total + (e.value ->> '$[1]'),
       open = g.open + (e.value ->> '$[2]'),
       succeeded = g.succeeded + (e.value ->> '$[3]'),
       discarded = g.discarded + (e.value ->> '$[4]'),
       dead = g.dead + (e.value ->> '$[5]'),
       cancelled = g.cancelled + (e.value ->> '$[6]'),
       ended_at = iif(g.open + (e.value ->> '$[2]') > 0, NULL, ?2)
  FROM json_each(?1) AS e
 WHERE g.id = unhex(e.value ->> '$[0]')
RETURNING id, kind, parent, place, name, listed, total, open, succeeded, discarded, dead, cancelled, counted, passed,
          callbacks
