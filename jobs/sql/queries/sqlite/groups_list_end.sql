-- in: 1 at most this id, 2 how many of them to leave out
-- out: id of the last one that groups_list looks at; none if it looks at all
SELECT id FROM {p}groups WHERE id <= ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2
