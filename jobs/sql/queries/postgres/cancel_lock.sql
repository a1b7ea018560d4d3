-- in: $1 id uuid
-- out: whether it runs bool, keys text; no row if it is not in the hot table
SELECT worker IS NOT NULL, keys FROM {s}.jobs WHERE id = $1 FOR UPDATE
