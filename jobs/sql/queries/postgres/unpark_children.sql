-- in: $1 ids uuid[]
-- out: nothing; one row for each parked job whose children have all ended, and which is ready now
-- The last child's end locks the group before it wakes the parent: either it is seen here, or it sees the parked row.
WITH locked AS MATERIALIZED (
    SELECT g.id, g.open FROM {s}.groups g
    WHERE g.id = ANY (ARRAY(
        SELECT substr(j.waits_for, 10)::uuid FROM {s}.jobs j
        WHERE j.id = ANY ($1) AND j.stage = 3 AND j.waits_for LIKE 'children:%'))
    ORDER BY g.id FOR UPDATE
)
UPDATE {s}.jobs j SET stage = 0, waits_for = NULL, blocked_until = NULL
FROM locked l
WHERE j.id = ANY ($1) AND j.stage = 3 AND l.open = 0 AND j.waits_for = 'children:' || replace(l.id::text, '-', '')
