-- in: $1 the schema's name text
-- out: now, version int8, facts text (JSON of name and value), missing indexes text[]
SELECT clock_timestamp(),
    (SELECT max(version) FROM {s}.migrations),
    (SELECT json_agg(json_build_array(name, value))::text FROM (
        SELECT 'server_version' AS name, current_setting('server_version') AS value
        UNION ALL SELECT 'fsync', current_setting('fsync')
        UNION ALL SELECT 'synchronous_commit', current_setting('synchronous_commit')
        UNION ALL SELECT 'full_page_writes', current_setting('full_page_writes')
        UNION ALL SELECT 'autovacuum', current_setting('autovacuum')
        UNION ALL SELECT 'dead_rows', coalesce(sum(n_dead_tup), 0)::text FROM pg_catalog.pg_stat_user_tables
            WHERE schemaname = $1 AND relname = 'jobs'
        UNION ALL SELECT 'live_rows', coalesce(sum(n_live_tup), 0)::text FROM pg_catalog.pg_stat_user_tables
            WHERE schemaname = $1 AND relname = 'jobs'
        UNION ALL SELECT 'table_bytes', pg_total_relation_size(to_regclass(quote_ident($1) || '.jobs'))::text
        UNION ALL (SELECT 'oldest_transaction', json_build_object(
                'pid', a.pid, 'state', a.state, 'seconds', extract(epoch FROM clock_timestamp() - a.xact_start)::int8,
                'application', a.application_name, 'query', left(a.query, 200))::text
            FROM pg_catalog.pg_stat_activity a
            WHERE a.backend_xmin IS NOT NULL AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
            ORDER BY age(a.backend_xmin) DESC LIMIT 1)
        UNION ALL SELECT 'prepared_transactions', count(*)::text FROM pg_catalog.pg_prepared_xacts
        UNION ALL SELECT 'inactive_replication_slots', count(*)::text FROM pg_catalog.pg_replication_slots WHERE NOT active
    ) f),
    ARRAY(SELECT w.name FROM unnest(ARRAY['jobs_claim', 'jobs_due', 'jobs_blocked', 'jobs_waits', 'jobs_flows', 'history_id',
            'history_otherwise', 'dead_letters_job', 'dead_letters_unresolved', 'recurring_due', 'limits_opening']) AS w(name)
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = w.name AND i.indisvalid))
