-- in: 1 id
-- out: keys, member_of, member_pos
SELECT keys, member_of, member_pos FROM {p}jobs WHERE id = ?1
