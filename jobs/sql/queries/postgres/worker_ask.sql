-- in: $1 id uuid, $2 asked int2
-- out: nothing
UPDATE {s}.workers SET asked = $2 WHERE id = $1 AND stopped_at IS NULL AND lost_at IS NULL
