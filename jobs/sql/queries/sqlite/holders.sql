-- in: 1 ids (JSON array of hex)
-- out: id, state (NULL while it has not ended), output of each
SELECT j.id, NULL, NULL FROM json_each(?1) AS e CROSS JOIN {p}jobs AS j ON j.id = unhex(e.value)
UNION ALL
SELECT h.id, h.state, h.output FROM json_each(?1) AS e CROSS JOIN {p}history AS h ON h.id = unhex(e.value)
