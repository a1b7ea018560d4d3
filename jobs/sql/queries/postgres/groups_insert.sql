-- in: $1 now, $2 ids uuid[], $3 kinds int2[], $4 parents uuid[], $5 places int4[], $6 names text[], $7 listed bool[], $8 members int4[], $9 passed int2[], $10 callbacks text[]
-- out: nothing
INSERT INTO {s}.groups (id, kind, parent, place, name, listed, total, open, passed, callbacks, created_at)
SELECT g.id, g.kind, g.parent, g.place, g.name, g.listed, g.members, g.members, g.passed, g.callbacks,
    coalesce($1::timestamptz, clock_timestamp())
FROM unnest($2::uuid[], $3::int2[], $4::uuid[], $5::int4[], $6::text[], $7::bool[], $8::int4[], $9::int2[], $10::text[])
    AS g(id, kind, parent, place, name, listed, members, passed, callbacks)
ON CONFLICT (id) DO NOTHING
