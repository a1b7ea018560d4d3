-- in: $1 numbers below int8, $2 limit int8
-- out: number int8, at, actor text, action text, subject text, detail text
SELECT number, at, actor, action, subject, detail FROM {s}.audit WHERE number < $1 ORDER BY number DESC LIMIT $2
