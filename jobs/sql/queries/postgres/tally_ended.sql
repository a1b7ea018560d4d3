-- in: $1 at most int8
-- out: state int2, count int8, whether there are more bool
-- Those that succeeded are counted among the newest; they are many where others are not.
SELECT 0::int2, count(*) FILTER (WHERE n.state = 0), count(*) >= $1
FROM (SELECT h.state FROM {s}.history h ORDER BY h.id DESC LIMIT $1) n
UNION ALL
SELECT 1::int2, count(*), count(*) >= $1 FROM (SELECT FROM {s}.history h WHERE h.state = 1 AND h.state <> 0 LIMIT $1) n
UNION ALL
SELECT 2::int2, count(*), count(*) >= $1 FROM (SELECT FROM {s}.history h WHERE h.state = 2 AND h.state <> 0 LIMIT $1) n
UNION ALL
SELECT 3::int2, count(*), count(*) >= $1 FROM (SELECT FROM {s}.history h WHERE h.state = 3 AND h.state <> 0 LIMIT $1) n
