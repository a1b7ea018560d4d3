-- in: $1 id uuid, $2 asleep bool
-- out: nothing
UPDATE {s}.workers SET asleep = $2 WHERE id = $1 AND asleep <> $2
