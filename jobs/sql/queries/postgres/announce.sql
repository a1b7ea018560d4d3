-- in: $1 payload text
-- out: nothing
SELECT pg_notify({channel}, $1)
