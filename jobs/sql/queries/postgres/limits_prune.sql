-- in: $1 now, $2 limit int8
-- out: nothing; keys that nobody has used for a day, or, with a rate's claims, for longer than any rate looks back
DELETE FROM {s}.limits l WHERE l.key IN (
    SELECT o.key FROM {s}.limits o
    WHERE o.used = 0 AND o.opens_at IS NULL
        AND o.touched_at < coalesce($1::timestamptz, clock_timestamp()) - CASE WHEN o.recent IS NULL THEN 1 ELSE 40 END * interval '1 day'
        AND NOT EXISTS (SELECT FROM {s}.jobs j WHERE j.stage = 2 AND j.waits_for = o.key)
    LIMIT $2 FOR UPDATE SKIP LOCKED
)
