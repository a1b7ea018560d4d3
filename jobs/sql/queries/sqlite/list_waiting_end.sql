-- in: 1 at most this id, 2 how many to look through less one
-- out: id of the last one; no row if there are fewer
SELECT id FROM {p}jobs WHERE id <= ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
