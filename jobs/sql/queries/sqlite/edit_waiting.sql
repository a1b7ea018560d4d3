-- in: 1 id, 2 args
-- out: nothing
UPDATE {p}jobs
   SET args = ?2,
       stage = CASE WHEN blocked_on = 2 THEN 0 ELSE stage END,
       blocked_until = CASE WHEN blocked_on = 2 THEN NULL ELSE blocked_until END,
       blocked_on = CASE WHEN blocked_on = 2 THEN NULL ELSE blocked_on END
 WHERE id = ?1 AND worker IS NULL
