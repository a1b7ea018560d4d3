-- in: 1 numbers below, 2 at most
-- out: number, at, actor, action, subject, detail
SELECT number, at, actor, action, subject, detail FROM {p}audit WHERE number < ?1 ORDER BY number DESC LIMIT ?2
