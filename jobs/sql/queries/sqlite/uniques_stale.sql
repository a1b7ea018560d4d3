-- in: 1 now, 2 at most
-- out: key, job of keys whose job is gone or whose time is over
SELECT u.key, u.job FROM {p}uniques AS u WHERE u.expires_at <= ?1
UNION ALL
SELECT u.key, u.job FROM {p}uniques AS u
 WHERE u.expires_at IS NULL AND NOT EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.id = u.job)
LIMIT ?2
