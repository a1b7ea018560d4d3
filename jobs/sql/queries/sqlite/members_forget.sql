-- in: 1 groups (JSON array of hex)
-- out: nothing
DELETE FROM {p}members WHERE group_id IN (SELECT unhex(value) FROM json_each(?1))
