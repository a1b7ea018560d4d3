-- in: nothing
-- out: id, name
SELECT id, name FROM {p}kinds ORDER BY id
