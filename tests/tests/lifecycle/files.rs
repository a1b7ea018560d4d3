//! What can happen to the file of a SQLite database.

use std::{fs, sync::Arc};

use jobs::{Error, Jobs, State, sqlx};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::Noop;

tests!(
    a_file_that_goes_is_noticed,
    a_file_that_cannot_be_written_is_refused,
    a_damaged_row_stops_no_other
);

async fn a_file_that_goes_is_noticed(place: Arc<Place>) {
    let jobs = place.connect().await;
    let before = Noop::perform_later().on(&jobs).await.expect("enqueued");
    let (file, aside) = (
        place.folder().join("jobs.db"),
        place.folder().join("aside.db"),
    );
    fs::rename(&file, &aside).expect("moved");
    let gone = |error: Error| {
        assert!(
            matches!(&error, Error::FileGone { place } if place.ends_with("jobs.db")),
            "{error}"
        );
        assert!(!error.is_transient());
    };
    gone(
        Noop::perform_later()
            .on(&jobs)
            .await
            .map(drop)
            .expect_err("nowhere to store"),
    );
    gone(
        jobs::perform_all_later([Noop])
            .on(&jobs)
            .await
            .map(drop)
            .expect_err("nowhere"),
    );
    gone(before.state().await.map(drop).expect_err("nowhere to look"));
    gone(
        jobs.begin::<sqlx::Sqlite>()
            .await
            .map(drop)
            .expect_err("nowhere"),
    );
    // Another file in its place is not the same.
    fs::write(&file, b"").expect("written");
    gone(
        Noop::perform_later()
            .on(&jobs)
            .await
            .map(drop)
            .expect_err("another file"),
    );
    fs::rename(&aside, &file).expect("put back");
    Noop::perform_later()
        .on(&jobs)
        .await
        .expect("it is there again");
    assert_eq!(before.state().await.expect("there"), State::Ready);
    jobs.close().await;
}

async fn a_file_that_cannot_be_written_is_refused(place: Arc<Place>) {
    let read_only = format!("{}?mode=ro", place.url);
    let missing = Jobs::connect(&read_only)
        .await
        .expect_err("it is not there");
    assert!(matches!(missing, Error::Unreachable { .. }), "{missing}");
    // A file that is no database of jobs yet, and one that is.
    fs::write(place.folder().join("jobs.db"), b"").expect("written");
    for migrated in [false, true] {
        if migrated {
            let jobs = place.connect().await;
            jobs.close().await;
        }
        let error = Jobs::connect(&read_only).await.expect_err("read-only");
        assert!(
            matches!(&error, Error::ReadOnly { place, .. } if place.ends_with("jobs.db")),
            "migrated {migrated}: {error:?}"
        );
        assert!(
            error.to_string().contains("check the permissions"),
            "{error}"
        );
    }
    let folder = format!("sqlite://{}", place.folder().display());
    let error = Jobs::connect(&folder)
        .await
        .expect_err("a folder is no file");
    let shown = place.folder().display().to_string();
    assert!(error.to_string().contains(&shown), "{error}");
}

async fn a_damaged_row_stops_no_other(place: Arc<Place>) {
    let jobs = place.connect().await;
    let mut handles = Vec::new();
    for _ in 0..7 {
        handles.push(Noop::perform_later().on(&jobs).await.expect("enqueued"));
    }
    let pool = sqlx::SqlitePool::connect(&place.url).await.expect("opened");
    for (handle, damage) in handles.iter().zip([
        "tags = 'no JSON'",
        "priority = 99999",
        "run_at = -9223372036854775808",
        "version = -1",
        "kind = 99999999999",
        "args = 'no JSON'",
    ]) {
        let sql = format!("UPDATE jobs_jobs SET {damage} WHERE id = ?1");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(handle.id().as_uuid());
        assert_eq!(
            query.execute(&pool).await.expect("damaged").rows_affected(),
            1
        );
    }
    let worker = jobs.worker().start().await.expect("started");
    handles[6].result().await.expect("the sound one runs");
    let states = async || {
        let mut states = Vec::new();
        for handle in &handles {
            states.push(
                jobs.get(handle.id())
                    .await
                    .expect("read")
                    .expect("none is lost")
                    .state,
            );
        }
        states
    };
    use State::{Blocked, Dead, Succeeded};
    let ends = [
        Succeeded, Succeeded, Succeeded, Blocked, Blocked, Dead, Succeeded,
    ];
    until("each has come to its end", async || states().await == ends).await;
    let letters = jobs.dead_letters().list().await.expect("listed");
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].args, serde_json::json!("no JSON"));
    assert!(handles[4].cancel().await.expect("cancelled"));
    worker.stop().await.expect("stopped");
}
