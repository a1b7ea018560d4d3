-- in: 1 id (32 hex digits), 2 kind, 3 version, 4 queue, 5 priority, 6 args, 7 tags, 8 run at (microseconds) or NULL, 9 delay in microseconds, 10 keys, 11 unique key or NULL, 12 held at most in microseconds or NULL: all as text
-- out: nothing
INSERT INTO {p}enqueue (id, kind, version, queue, priority, run_at, enqueued_at, stage, args, tags, keys, unique_key, expires_at)
SELECT unhex(?1), CAST(?2 AS INTEGER), CAST(?3 AS INTEGER), ?4, CAST(?5 AS INTEGER), t.due, t.now, t.due > t.now, ?6, ?7,
       ?10, ?11, t.now + CAST(?12 AS INTEGER)
  FROM (SELECT c.now, coalesce(CAST(?8 AS INTEGER), c.now + CAST(?9 AS INTEGER)) AS due
          FROM (SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now) AS c) AS t
