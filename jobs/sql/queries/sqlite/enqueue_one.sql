-- in: 1 id (32 hex digits), 2 kind, 3 version, 4 queue, 5 priority, 6 args, 7 tags, 8 run at (microseconds) or NULL, 9 delay in microseconds: all as text
-- out: nothing
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags)
SELECT unhex(?1), CAST(?2 AS INTEGER), CAST(?3 AS INTEGER), ?4, CAST(?5 AS INTEGER), t.due, t.now,
       t.due > t.now, ?6, ?7
  FROM (SELECT c.now, coalesce(CAST(?8 AS INTEGER), c.now + CAST(?9 AS INTEGER)) AS due
          FROM (SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now) AS c) AS t
 WHERE true
ON CONFLICT (id) DO NOTHING
