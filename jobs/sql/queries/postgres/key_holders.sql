-- in: $1 ids of running jobs uuid[]
-- out: id uuid, keys text of each that holds slots
SELECT j.id, j.keys FROM {s}.jobs j WHERE j.id = ANY ($1) AND j.held AND j.keys IS NOT NULL
