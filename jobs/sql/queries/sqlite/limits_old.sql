-- in: 1 now
-- out: 1 if keys may be forgotten
SELECT 1 FROM {p}limits
 WHERE used = 0 AND opens_at IS NULL AND touched_at < ?1 - iif(recent IS NULL, 1, 40) * 86400000000
 LIMIT 1
