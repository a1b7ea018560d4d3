-- in: 1 seq
-- out: nothing
DELETE FROM {p}events WHERE seq = ?1
