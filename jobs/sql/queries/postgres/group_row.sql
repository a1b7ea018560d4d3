-- in: $1 group uuid
-- out: the group, created_at timestamptz, ended_at timestamptz
SELECT * FROM {s}.groups WHERE id = $1
