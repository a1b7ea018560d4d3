-- in: $1 id uuid
-- out: whether its record is kept bool
SELECT EXISTS (SELECT FROM {s}.history WHERE id = $1)
