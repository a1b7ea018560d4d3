-- in: 1 now, 2 actor, 3 action, 4 subject, 5 detail
-- out: nothing
INSERT INTO {p}audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)
