-- in: 1 now, 2 at most
-- out: nothing; keys that nobody has used for a day, or, with a rate's claims, for longer than any rate looks back
DELETE FROM {p}limits WHERE key IN (
    SELECT o.key FROM {p}limits AS o
     WHERE o.used = 0 AND o.opens_at IS NULL AND o.touched_at < ?1 - iif(o.recent IS NULL, 1, 40) * 86400000000
       AND NOT EXISTS (SELECT 1 FROM {p}jobs AS j WHERE j.stage = 2 AND j.waits_for = o.key)
     LIMIT ?2)
