-- in: 1 ids (JSON array of hex)
-- out: id, keys, member_of, member_pos of each that waits
SELECT id, keys, member_of, member_pos FROM {p}jobs WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND worker IS NULL
