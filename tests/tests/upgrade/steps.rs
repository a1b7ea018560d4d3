//! From every version of the schema to this one, and workers of an older one beside tables that have grown.

use std::{sync::Arc, time::Duration};

use jobs::{Error, Jobs, State};
use jobs_tests::{
    place::{Backend, Place, within},
    tests,
};

use crate::{
    drain::{all, counted},
    fixture,
    work::Plain,
};

tests!(from_each_version, a_worker_goes_on_while_tables_grow,);

const LIMIT: Duration = Duration::from_secs(15);

/// In the columns of the first version: three that are ready, one that is due, one of a worker that is gone, one of a
/// later attempt, one dead, two finished.
fn rows(place: &Place) -> String {
    let text = match place.backend {
        Backend::Postgres => include_str!("../../fixtures/rows-postgres.sql"),
        Backend::File | Backend::Memory => include_str!("../../fixtures/rows-sqlite.sql"),
    };
    fixture::filled(place, text)
}

async fn from_each_version(place: Arc<Place>) {
    let newest = fixture::newest(place.backend);
    let steps: Vec<usize> = (1..newest).collect();
    for version in steps {
        let place = place.another().await;
        fixture::migrate_to(&place, version).await;
        fixture::script(&place, &rows(&place)).await;
        let refused = place.builder().migrate(false).connect().await;
        let refused = refused.expect_err("it is not up to date");
        let Error::NotMigrated { found, needed } = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((found as usize, needed as usize), (version, newest));
        let jobs = place.connect().await;
        assert_eq!(all(&jobs).await.len(), 9, "nothing is lost");
        let worker = jobs.worker().start().await.expect("started");
        within(LIMIT, "all have ended", async || {
            all(&jobs).await.iter().all(|job| job.state.is_final())
        })
        .await;
        let states = counted(&all(&jobs).await);
        let expected = [("upgrade.Plain dead", 1), ("upgrade.Plain succeeded", 8)];
        let expected = expected.map(|(what, count)| (what.to_owned(), count));
        assert_eq!(states, expected.into(), "from version {version}");
        worker.stop().await.expect("stopped");
        jobs.close().await;
        place.clean_up().await;
    }
}

const TABLES: &[&str] = &[
    "attempts",
    "cancels",
    "checkpoints",
    "dead_letters",
    "events",
    "groups",
    "history",
    "jobs",
    "kinds",
    "limits",
    "members",
    "queues",
    "recurring",
    "stats",
    "uniques",
    "workers",
];

/// What a later release may do: columns that may be missing, a table, an index.
async fn grow(place: &Place) {
    let table = match place.backend {
        Backend::Postgres => "{s}.",
        Backend::File | Backend::Memory => "{p}",
    };
    let mut text = "BEGIN;\n".to_owned();
    for name in TABLES {
        text += &format!("ALTER TABLE {table}{name} ADD COLUMN of_tomorrow text;\n");
    }
    text += &format!("CREATE TABLE {table}tomorrow (id int PRIMARY KEY);\n");
    let index = format!("CREATE INDEX {{i}}tomorrow_jobs ON {table}jobs (version);\n");
    text += &index.replace(
        "{i}",
        if place.backend == Backend::Postgres {
            ""
        } else {
            "{p}"
        },
    );
    text += "COMMIT;";
    fixture::script(place, &fixture::filled(place, &text)).await;
}

async fn a_worker_goes_on_while_tables_grow(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().concurrency(4).start().await.expect("started");
    let enqueues = tokio::spawn(enqueue(jobs.clone(), 200));
    within(LIMIT, "some have run", async || {
        let all = all(&jobs).await;
        all.iter().any(|job| job.state == State::Succeeded)
    })
    .await;
    grow(&place).await;
    enqueue(jobs.clone(), 50).await;
    enqueues.await.expect("none was refused");
    within(LIMIT, "all have run", async || {
        let states = counted(&all(&jobs).await);
        states == [("upgrade.Plain succeeded".to_owned(), 250)].into()
    })
    .await;
    let once = all(&jobs).await;
    assert!(
        once.iter().all(|job| job.attempts.len() == 1),
        "each ran once"
    );
    worker.stop().await.expect("stopped");
}

async fn enqueue(jobs: Jobs, many: u64) {
    for n in 0..many {
        jobs.enqueue(Plain { n }).await.expect("enqueued");
    }
}
