-- in: 1 at most this id, 2 limit, 3 states (JSON array; NULL for all), 4 kinds (JSON array), 5 queue, 6 tag (JSON), 7 text in arguments, 8 the same inside JSON, 9 text in errors (inside JSON), 10 since, 11 until, 12 how many to look through, 13 group
-- out: id of each that matches, newest first
-- Texts are in lower case.
SELECT j.id
  FROM (SELECT * FROM {p}history WHERE id <= ?1 ORDER BY id DESC LIMIT ?12) AS j
 WHERE (?3 IS NULL OR j.state IN (SELECT value FROM json_each(?3)))
   AND (?4 IS NULL OR j.kind IN (SELECT value FROM json_each(?4)))
   AND (?5 IS NULL OR j.queue = ?5)
   AND (?6 IS NULL OR instr(j.tags, ?6) > 0)
   AND (?7 IS NULL OR instr(lower(j.args), ?7) > 0 OR instr(lower(j.args), ?8) > 0)
   AND (?9 IS NULL OR EXISTS (SELECT 1 FROM {p}attempts AS a WHERE a.job_id = j.id AND instr(lower(a.error), ?9) > 0))
   AND (?10 IS NULL OR j.enqueued_at >= ?10)
   AND (?11 IS NULL OR j.enqueued_at < ?11)
   AND (?13 IS NULL OR j.member_of = ?13)
 ORDER BY j.id DESC LIMIT ?2
