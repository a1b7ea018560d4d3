-- in: $1 keys text[]
-- out: key text, used int4, opens at, unique holder uuid
SELECT g.key, l.used, l.opens_at, u.job
FROM unnest($1::text[]) WITH ORDINALITY AS g(key, n)
LEFT JOIN {s}.limits l ON l.key = g.key
LEFT JOIN {s}.uniques u ON u.key = g.key
ORDER BY g.n
