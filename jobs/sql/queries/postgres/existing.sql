-- in: $1 ids uuid[]
-- out: id uuid, kind int4
SELECT j.id, j.kind FROM {s}.jobs j WHERE j.id = ANY($1)
UNION ALL
SELECT h.id, h.kind FROM {s}.history h WHERE h.id = ANY($1)
