-- in: $1 worker uuid, $2 admitted ids uuid[], $3 their fences int8[], $4 ids uuid[] and $5 slot keys text[] of each pair, $6 rate keys text[], $7 recents text[], $8 opens int8[] (microseconds since the epoch; NULL keeps it), $9 blocked ids uuid[], $10 their fences int8[], $11 keys text[], $12 reasons int2[]
-- out: nothing
WITH admitted AS (
    UPDATE {s}.jobs j SET held = true
    FROM unnest($2::uuid[], $3::int8[]) AS g(id, fence)
    WHERE j.id = g.id AND j.worker = $1 AND j.fence = g.fence
    RETURNING j.id
), counted AS (
    UPDATE {s}.limits l SET used = l.used + c.n
    FROM (
        SELECT p.key, count(*) AS n FROM unnest($4::uuid[], $5::text[]) AS p(id, key) JOIN admitted a ON a.id = p.id GROUP BY p.key
    ) c
    WHERE l.key = c.key
), rated AS (
    UPDATE {s}.limits l
    SET recent = r.recent, opens_at = coalesce(to_timestamp(r.opens / 1000000.0), l.opens_at)
    FROM unnest($6::text[], $7::text[], $8::int8[]) AS r(key, recent, opens)
    WHERE l.key = r.key
)
UPDATE {s}.jobs j
SET worker = NULL, stage = 2, blocked_on = b.reason, waits_for = b.key,
    run_at = CASE WHEN strpos(j.keys, '"f":true') > 0 THEN least(j.run_at, j.enqueued_at) ELSE j.run_at END
FROM unnest($9::uuid[], $10::int8[], $11::text[], $12::int2[]) AS b(id, fence, key, reason)
WHERE j.id = b.id AND j.worker = $1 AND j.fence = b.fence
