-- in: 1 ids (JSON array of hex)
-- out: id of each whose record is gone
DELETE FROM {p}history
 WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND NOT EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.id = {p}history.id)
RETURNING id
