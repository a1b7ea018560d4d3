-- in: $1 name text
-- out: nothing
DELETE FROM {s}.recurring WHERE name = $1
