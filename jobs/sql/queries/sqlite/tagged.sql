-- in: 1 tag as JSON, 2 numbers above, 3 at most
-- out: seq, id of jobs that have not ended
SELECT seq, id FROM {p}jobs
 WHERE seq > ?2 AND instr(tags, ?1) > 0
 ORDER BY seq
 LIMIT ?3
