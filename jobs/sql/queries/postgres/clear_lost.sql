-- in: $1 workers uuid[]
-- out: nothing
UPDATE {s}.workers SET cleared_at = clock_timestamp()
WHERE id = ANY ($1) AND (lost_at IS NOT NULL OR stopped_at IS NOT NULL)
