-- in: $1 now, $2 actor text, $3 action text, $4 subject text, $5 detail text
-- out: nothing
INSERT INTO {s}.audit (at, actor, action, subject, detail)
VALUES (coalesce($1::timestamptz, clock_timestamp()), $2, $3, $4, $5)
