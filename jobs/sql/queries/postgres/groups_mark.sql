-- in: $1 ids uuid[], $2 passed int2[], $3 counted int2[]
-- out: nothing
UPDATE {s}.groups g SET passed = m.passed, counted = m.counted
FROM unnest($1::uuid[], $2::int2[], $3::int2[]) AS m(id, passed, counted)
WHERE g.id = m.id
