-- in: 1 name
-- out: nothing
DELETE FROM {p}recurring WHERE name = ?1
