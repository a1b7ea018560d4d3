-- in: 1 rows (JSON array of texts: id as 32 hex digits, 6 digits of the head's index, args), 2 heads (JSON array of arrays)
-- out: id; of `insert_new` nothing: there a row whose id is known fails the statement
WITH heads AS MATERIALIZED (
    SELECT key AS at,
           value ->> '$[0]' AS kind,
           value ->> '$[1]' AS version,
           value ->> '$[2]' AS queue,
           value ->> '$[3]' AS priority,
           value ->> '$[4]' AS run_at,
           value ->> '$[5]' AS stage,
           value ->> '$[6]' AS enqueued_at,
           value ->> '$[7]' AS tags,
           unhex(value ->> '$[8]') AS member_of,
           value ->> '$[9]' AS trace
      FROM json_each(?2)
)
INSERT INTO {p}jobs (id, kind, version, queue, priority, run_at, stage, enqueued_at, tags, args, member_of, trace)
SELECT unhex(substr(r.value, 1, 32)), h.kind, h.version, h.queue, h.priority, h.run_at, h.stage, h.enqueued_at,
       h.tags, substr(r.value, 39), h.member_of, h.trace
  FROM json_each(?1) AS r
 CROSS JOIN heads AS h ON h.at = CAST(substr(r.value, 33, 6) AS INTEGER)
{known}
