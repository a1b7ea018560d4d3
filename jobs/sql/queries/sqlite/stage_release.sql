-- in: 1 stage, 2 output of the stage before, 3 now
-- out: nothing
UPDATE {p}jobs AS j
   SET stage = j.run_at > ?3, run_at = max(j.run_at, ?3), blocked_on = NULL,
       args = CASE
           WHEN m.input IS NULL THEN j.args
           WHEN j.args = '{}' THEN '{' || m.input || ':' || ?2 || '}'
           ELSE '{' || m.input || ':' || ?2 || ',' || substr(j.args, 2)
       END
  FROM {p}members AS m
 WHERE m.group_id = ?1 AND m.own = 1 AND j.id = m.job AND j.stage = 2 AND j.blocked_on = 6
