-- in: 1 minutes before, 2 hours before
-- out: nothing
DELETE FROM {p}stats WHERE (span = 60 AND at < ?1) OR (span = 3600 AND at < ?2)
