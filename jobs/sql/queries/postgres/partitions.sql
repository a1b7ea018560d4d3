-- in: $1 now, $2 oid of the history table by its name text
-- out: today date, the days that have a partition date[]
SELECT (coalesce($1::timestamptz, clock_timestamp()) AT TIME ZONE 'UTC')::date,
    ARRAY(
        SELECT to_date(right(c.relname, 8), 'YYYYMMDD')
        FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = $2::text::regclass AND c.relname ~ '^history_[0-9]{8}$'
        ORDER BY 1
    )
