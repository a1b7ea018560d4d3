-- in: nothing
-- out: id int4, name text
SELECT id, name FROM {s}.kinds ORDER BY id
