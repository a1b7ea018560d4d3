-- in: $1 tag as JSON text, $2 numbers above int8, $3 at most int8
-- out: seq int8, id uuid of jobs that have not ended
-- There is no index by number: the table is read once for each page.
SELECT seq, id FROM {s}.jobs WHERE seq > $2 AND strpos(tags, $1) > 0 ORDER BY seq LIMIT $3
