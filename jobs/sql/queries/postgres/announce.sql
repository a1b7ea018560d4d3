-- in: $1 payload text, $2 only if a worker sleeps bool, $3 workers that were told already uuid[]
-- out: one row if it was sent
-- A commit with a NOTIFY waits for those of the whole instance, so it must not wait for the disk as well: a crash of the
-- database takes all listeners with it.
SELECT pg_notify({channel}, $1), set_config('synchronous_commit', 'off', true)
WHERE NOT $2 OR EXISTS (
    SELECT FROM {s}.workers w
    WHERE w.asleep AND w.stopped_at IS NULL AND w.lost_at IS NULL AND w.id <> ALL ($3::uuid[])
)
