-- in: $1 at most this id uuid, $2 limit int8, $3 states int2[], $4 kinds int4[], $5 queue text, $6 tag text (JSON), $7 text in arguments text, $8 the same inside JSON text, $9 text in errors text (inside JSON), $10 since timestamptz, $11 until timestamptz, $12 how many to look through int8, $13 group uuid
-- out: id uuid of each that matches, newest first
SELECT j.id
FROM (SELECT * FROM {s}.history WHERE id <= $1 ORDER BY id DESC LIMIT $12) j
WHERE ($3::int2[] IS NULL OR j.state = ANY ($3))
    AND ($4::int4[] IS NULL OR j.kind = ANY ($4))
    AND ($5::text IS NULL OR j.queue = $5)
    AND ($6::text IS NULL OR position($6 IN j.tags) > 0)
    AND ($7::text IS NULL OR position(lower($7) IN lower(j.args)) > 0 OR position(lower($8) IN lower(j.args)) > 0)
    AND ($9::text IS NULL OR EXISTS (
        SELECT FROM {s}.attempts a WHERE a.job_id = j.id AND position(lower($9) IN lower(a.error)) > 0))
    AND ($10::timestamptz IS NULL OR j.enqueued_at >= $10)
    AND ($11::timestamptz IS NULL OR j.enqueued_at < $11)
    AND ($13::uuid IS NULL OR j.member_of = $13)
ORDER BY j.id DESC LIMIT $2
