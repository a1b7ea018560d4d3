//! What the conformance suite cannot see: that every statement is sound, which index the claim uses, and panics.

use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _, Statement as _};

use super::{SqliteStorage, statements::Statements};
use crate::{
    error::{Error, Result},
    storage::{Storage as _, StorageOptions},
};

async fn memory() -> std::sync::Arc<SqliteStorage> {
    SqliteStorage::connect("sqlite::memory:", StorageOptions::default())
        .await
        .expect("memory can be opened")
}

#[tokio::test]
async fn every_statement_prepares_with_the_parameters_it_names() {
    let storage = memory().await;
    for (name, text) in storage.statements.all() {
        let mut connection = storage.readers.acquire().await.expect("a connection");
        let prepared = (*connection)
            .prepare(AssertSqlSafe(text.clone()).into_sql_str())
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let parameters = match prepared.parameters() {
            Some(sqlx::Either::Right(count)) => count,
            other => panic!("{name}: {other:?}"),
        };
        // Two statements have a variant of theirs in the same file.
        let file = match name {
            "letters_open" => "letters",
            "insert_new" => "insert",
            own => own,
        };
        let file = format!(
            "{}/sql/queries/sqlite/{file}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(file).expect("the statement's file");
        let mut lines = text.lines();
        let input = lines.next().and_then(|line| line.strip_prefix("-- in: "));
        let input = input.unwrap_or_else(|| panic!("{name} has no `-- in:` line"));
        let named = (1..).take_while(|n| {
            input.starts_with(&format!("{n} ")) || input.contains(&format!(", {n} "))
        });
        assert_eq!(parameters, named.count(), "{name}: {input}");
        assert!(
            lines
                .next()
                .is_some_and(|line| line.starts_with("-- out: ")),
            "{name}"
        );
    }
}

async fn plan(storage: &SqliteStorage, text: &str) -> String {
    let explained = format!("EXPLAIN QUERY PLAN {text}");
    let rows = sqlx::query(AssertSqlSafe(explained))
        .fetch_all(&storage.readers)
        .await
        .expect("a plan");
    let steps = rows.iter().map(|row| row.get::<String, _>(3));
    steps.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn hot_statements_use_their_indexes() {
    let storage = memory().await;
    let statements = Statements::new("jobs_");
    let claim = plan(&storage, &statements.claim).await;
    assert!(
        claim.contains("USING INDEX jobs_jobs_claim (queue=?)"),
        "{claim}"
    );
    assert!(!claim.contains("TEMP B-TREE"), "{claim}");
    for (name, text, index) in [
        (
            "end_history",
            &statements.end_history,
            "sqlite_autoindex_jobs_jobs_1 (id=?)",
        ),
        (
            "end_delete",
            &statements.end_delete,
            "sqlite_autoindex_jobs_jobs_1 (id=?)",
        ),
        (
            "release",
            &statements.release,
            "sqlite_autoindex_jobs_jobs_1 (id=?)",
        ),
        (
            "progress",
            &statements.progress,
            "sqlite_autoindex_jobs_jobs_1 (id=?)",
        ),
        ("promote", &statements.promote, "jobs_jobs_due (run_at<?)"),
        ("next_due", &statements.next_due, "jobs_jobs_due"),
        ("unblock", &statements.unblock, "jobs_jobs_blocked (kind=?)"),
        (
            "lost_claims",
            &statements.lost_claims,
            "jobs_jobs_running (worker=?)",
        ),
        (
            "history_prune",
            &statements.history_prune,
            "jobs_history_expiry (expires_at<?)",
        ),
        (
            "letters_open",
            &statements.letters_open,
            "jobs_dead_letters_open",
        ),
    ] {
        let plan = plan(&storage, text).await;
        assert!(plan.contains(index), "{name}:\n{plan}");
        assert!(!plan.contains("SCAN jobs_jobs\n"), "{name}:\n{plan}");
    }
}

#[tokio::test]
async fn a_panic_while_writing_ends_neither_the_writer_nor_looks_like_a_close() {
    let storage = SqliteStorage::connect("sqlite::memory:", Default::default())
        .await
        .expect("opened");
    let panicked = storage
        .writer
        .write(|_| -> futures_core::future::BoxFuture<'_, Result<()>> {
            Box::pin(async { panic!("on purpose") })
        })
        .await;
    assert!(
        matches!(panicked, Err(Error::StoragePanicked { .. })),
        "{panicked:?}"
    );
    let goes_on = storage.writer.write(|_| Box::pin(async { Ok(7) })).await;
    assert_eq!(goes_on.expect("the next one"), 7);
    storage.close().await;
    let closed = storage.writer.write(|_| Box::pin(async { Ok(7) })).await;
    assert!(matches!(closed, Err(Error::Closed)), "{closed:?}");
}
