//! Connecting, migrating, and what is said in SQL.

#![allow(unused_imports, reason = "the tests share their imports")]

use super::*;

pub(crate) async fn sql_enqueues_with_the_jobs_own_settings() {
    in_schema(|scope| async move {
        let storage = scope.storage().await;
        kind(&storage).await;
        let pool = scope.pool().await;
        let call = async |arguments: &str| -> Result<Uuid, sqlx::Error> {
            let text = format!("SELECT {{s}}.jobs_enqueue({arguments})");
            Ok(sqlx::query(scope.sql(&text)).fetch_one(&pool).await?.get(0))
        };
        let id = call(r#"'Mail', '{"user_id": 42}'"#).await.unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert!(seconds.abs_diff(u64::try_from(Utc::now().timestamp()).unwrap()) < 60);
        let row = storage.get(id.into()).await.unwrap().unwrap();
        assert_eq!(
            (
                row.queue.as_str(),
                row.priority,
                row.state,
                row.tags.as_slice()
            ),
            (
                "mailers",
                3,
                State::Ready,
                ["from-sql".to_owned()].as_slice()
            )
        );
        assert_eq!(row.args, r#"{"user_id": 42}"#);
        let me = worker();
        let take = Take {
            queue: "mailers".into(),
            at_most: 1,
        };
        let claimed = storage
            .claim(
                Claim {
                    worker: me,
                    takes: vec![take],
                },
                None,
            )
            .await
            .unwrap();
        assert_eq!(claimed[0].version, 2);

        let id = call(
            "'Mail', '{}', queue => 'own', run_at => now() + interval '1 day', priority => -5",
        )
        .await
        .unwrap();
        let row = storage.get(id.into()).await.unwrap().unwrap();
        assert_eq!(
            (row.queue.as_str(), row.priority, row.state),
            ("own", -5, State::Scheduled)
        );

        // A name that no code has declared yet waits for it.
        let id = call("'Later', '{}'").await.unwrap();
        assert_eq!(
            storage.look(id.into()).await.unwrap().unwrap().state,
            State::Blocked
        );
        let names = storage.kind_names().await.unwrap();
        let (later, _) = names.iter().find(|(_, name)| name == "Later").unwrap();
        assert_eq!(
            storage
                .unblock(vec![(*later, 1)], true, None)
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            storage.look(id.into()).await.unwrap().unwrap().state,
            State::Ready
        );

        for (arguments, text) in [
            ("'Mail', '[]'", "JSON object"),
            ("'Mail', NULL", "JSON object"),
            ("'', '{}'", "name"),
            ("'Mail', '{}', priority => 40000", "40000"),
            ("'Mail', '{}', unique_key => 'x'", "unique_key"),
        ] {
            let error = call(arguments).await.unwrap_err().to_string();
            assert!(error.contains(text), "{arguments}: {error}");
        }
        pool.close().await;
        storage.close().await;
    })
    .await;
}

pub(crate) async fn sixteen_processes_may_start_at_once_on_an_empty_database() {
    in_schema(|scope| async move {
        let starting: Vec<_> = (0..16)
            .map(|_| {
                let scope = scope.clone();
                tokio::spawn(async move {
                    let storage = PostgresStorage::connect(&url(), scope.options()).await?;
                    kind(&storage).await;
                    storage.close().await;
                    Ok::<_, Error>(())
                })
            })
            .collect();
        for start in starting {
            start.await.unwrap().unwrap();
        }
        let pool = scope.pool().await;
        let applied: i64 = sqlx::query_scalar(scope.sql("SELECT count(*) FROM {s}.migrations"))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(applied, 9);
        sqlx::query(scope.sql("INSERT INTO {s}.migrations (version) VALUES (99)"))
            .execute(&pool)
            .await
            .unwrap();
        let refused = PostgresStorage::connect(&url(), scope.options()).await;
        assert!(
            matches!(
                refused,
                Err(Error::NewerSchema {
                    found: 99,
                    known: 9
                })
            ),
            "{refused:?}"
        );
    })
    .await;
}

pub(crate) async fn what_is_wrong_at_connect_is_typed_and_shows_no_password() {
    in_schema(|scope| async move {
        let options = StorageOptions {
            migrate: false,
            ..scope.options()
        };
        let error = PostgresStorage::connect(&url(), options).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotMigrated {
                    found: 0,
                    needed: 9
                }
            ),
            "{error:?}"
        );
        let secret = "s3cret";
        let connect = async |url: &str| {
            let error = PostgresStorage::connect(url, scope.options())
                .await
                .unwrap_err();
            assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
            error
        };
        let error = connect("postgres://u:s3cret@127.0.0.1:1/postgres").await;
        assert!(
            matches!(&error, Error::Unreachable { place, .. } if place == "127.0.0.1:1"),
            "{error:?}"
        );
        let error = connect("postgres://u:s3cret@127.0.0.1:99999/postgres").await;
        assert!(matches!(error, Error::InvalidUrl { .. }), "{error:?}");
        let error = connect("mysql://u:s3cret@h/test").await;
        assert!(
            matches!(&error, Error::UnknownScheme { scheme } if scheme == "mysql"),
            "{error:?}"
        );
        let error = connect("s3cret").await;
        assert!(matches!(error, Error::UnknownScheme { .. }), "{error:?}");
        let error = connect("postgres://nobody_here:s3cret@127.0.0.1:5432/postgres").await;
        assert!(
            matches!(&error, Error::AccessDenied { user, .. } if user == "nobody_here"),
            "{error:?}"
        );
        let error = connect("postgres://postgres:s3cret@127.0.0.1:5432/no_such_database").await;
        assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
        let error = connect(&format!(
            "{}?options=-c%20default_transaction_read_only%3Don",
            url()
        ))
        .await;
        assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
        let options = StorageOptions {
            schema: "pg_mine".into(),
            ..StorageOptions::default()
        };
        let error = PostgresStorage::connect(&url(), options).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::InvalidSetting {
                    setting: "schema",
                    ..
                }
            ),
            "{error:?}"
        );
    })
    .await;
}

pub(crate) async fn a_schema_may_have_any_name() {
    in_schema(|scope| async move {
        let schema = format!("{} it's \"so\" \\ {{s}} ü", &scope.schema[..20]);
        let options = StorageOptions {
            schema: schema.clone(),
            ..StorageOptions::default()
        };
        let storage = PostgresStorage::connect(&url(), options).await.unwrap();
        let lived = tokio::spawn(async move { lives(&storage).await }).await;
        let pool = scope.pool().await;
        let quoted = schema.replace('"', "\"\"");
        sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA \"{quoted}\" CASCADE")))
            .execute(&pool)
            .await
            .unwrap();
        lived.unwrap();
    })
    .await;
}

pub(crate) async fn every_statement_says_what_goes_in() {
    in_schema(|scope| async move {
        use sqlx::{Executor, SqlSafeStr, Statement};
        scope.storage().await.close().await;
        let mut connection = PgConnection::connect(&url()).await.unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../jobs/sql/queries/postgres");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let header = text.lines().next().unwrap();
            assert!(header.starts_with("-- in: "), "{path:?}");
            assert!(
                text.lines().nth(1).unwrap().starts_with("-- out: "),
                "{path:?}"
            );
            let sql = text
                .replace("{s}", &format!("\"{}\"", scope.schema))
                .replace("{p}", &format!("\"{}\".history_other", scope.schema))
                .replace("{channel}", "'c'");
            let prepared = (&mut connection)
                .prepare(AssertSqlSafe(sql).into_sql_str())
                .await
                .unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let parameters = prepared.parameters().map_or(0, |known| match known {
                sqlx::Either::Left(types) => types.len(),
                sqlx::Either::Right(count) => count,
            });
            assert_eq!(header.matches('$').count(), parameters, "{path:?}");
        }
    })
    .await;
}
