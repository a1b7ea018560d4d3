-- in: 1 id
-- out: kind, whether it was given up
SELECT kind, passed & 16 <> 0 FROM {p}groups WHERE id = ?1
