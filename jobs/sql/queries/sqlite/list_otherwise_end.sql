-- in: 1 at most this id, 2 how many to look through less one, 3 state
-- out: id of the last one; no row if there are fewer
SELECT id FROM {p}history WHERE state = ?3 AND state <> 1 AND id <= ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
