//! What is taken into the queue and what is refused there, by every way in.

use std::{future::IntoFuture, sync::Arc, time::Duration};

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use futures_util::{FutureExt as _, stream};
use jobs::{EnqueueInfo, Error, JobId, Jobs, NextEnqueue, State, job, sqlx};
use jobs_tests::{
    place::{Backend, Place, until, within},
    tests,
};

use crate::Noop;

tests!(
    a_caller_that_goes_away_wakes_the_worker_all_the_same,
    any_string_round_trips_by_every_way_in,
    numbers_that_json_lacks_are_refused_by_name,
    times_out_of_range_are_brought_into_it,
    a_hook_that_hides_a_failure_is_found_out,
    an_id_is_taken_once,
    tags_have_limits,
    bulk_takes_iterators_and_streams
);

#[job]
async fn echo(text: String) -> String {
    text
}

async fn a_caller_that_goes_away_wakes_the_worker_all_the_same(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    for _ in 0..5 {
        // A worker that has just run a job looks by itself only much later.
        let before = Noop::perform_later().on(&jobs).await.expect("enqueued");
        before.result().await.expect("it ran");
        let id = JobId::new();
        let mut leaving = Noop::perform_later().id(id).on(&jobs).into_future();
        assert!((&mut leaving).now_or_never().is_none(), "it is handed over");
        drop(leaving);
        within(Duration::from_secs(4), "the job ran", async || {
            let state = jobs.handle::<Noop>(id).state().await;
            matches!(state, Ok(State::Succeeded))
        })
        .await;
    }
    worker.stop().await.expect("stopped");
}

/// Runs the enqueue as another database library would: text and parameters, on a connection of the database.
async fn enqueue_by_sql(jobs: &Jobs, place: &Place, job: jobs::Enqueue<String>) {
    let statement = job.on(jobs).to_sql().expect("a statement");
    assert!(!statement.sql.contains("-- "), "{}", statement.sql);
    macro_rules! run {
        ($db:ty) => {{
            let mut tx = jobs.begin::<$db>().await.expect("begun");
            let mut query = sqlx::query(sqlx::AssertSqlSafe(statement.sql));
            for param in statement.params {
                query = query.bind(param);
            }
            query.execute(&mut **tx).await.expect("inserted");
            tx.commit().await.expect("committed");
        }};
    }
    match place.backend {
        Backend::Postgres => run!(sqlx::Postgres),
        Backend::File | Backend::Memory => run!(sqlx::Sqlite),
    }
}

async fn enqueue_in_transaction(jobs: &Jobs, place: &Place, job: jobs::Enqueue<String>) {
    macro_rules! run {
        ($db:ty) => {{
            let mut tx = jobs.begin::<$db>().await.expect("begun");
            job.in_transaction(&mut tx).await.expect("enqueued");
            tx.commit().await.expect("committed");
        }};
    }
    match place.backend {
        Backend::Postgres => run!(sqlx::Postgres),
        Backend::File | Backend::Memory => run!(sqlx::Sqlite),
    }
}

const TEXTS: &[&str] = &[
    "",
    "\0",
    "a\0b\u{1}\u{1f}\u{7f}",
    "\\u0000 \\ \" ' ` $1 ?1 {p} {s} %s",
    "null",
    "line\nbreak\r\ttab",
    "🦀 e\u{301} \u{202e}rtl \u{feff}\u{fffd}\u{ffff}\u{10ffff}",
];

async fn any_string_round_trips_by_every_way_in(place: Arc<Place>) {
    let jobs = place.connect().await;
    let mut expected = Vec::new();
    for text in TEXTS {
        let ids: Vec<_> = (0..4).map(|_| JobId::new()).collect();
        Echo::perform_later(*text)
            .id(ids[0])
            .on(&jobs)
            .await
            .expect("single");
        enqueue_in_transaction(&jobs, &place, Echo::perform_later(*text).id(ids[1])).await;
        enqueue_by_sql(&jobs, &place, Echo::perform_later(*text).id(ids[2])).await;
        let bulk = [Echo {
            text: (*text).to_owned(),
        }];
        let bulk = jobs::perform_all_later(bulk).on(&jobs).await.expect("bulk");
        let ids = ids.into_iter().take(3).chain([bulk[0].id()]);
        expected.extend(ids.map(|id| (id, *text)));
        if place.backend == Backend::Postgres {
            let pool = sqlx::PgPool::connect(&place.url).await.expect("connected");
            let call = format!(
                "SELECT \"{}\".jobs_enqueue('Echo', $1::text::jsonb)",
                place.schema
            );
            let enqueued = sqlx::query_scalar::<_, uuid::Uuid>(sqlx::AssertSqlSafe(call))
                .bind(serde_json::json!({ "text": text }).to_string())
                .fetch_one(&pool)
                .await;
            match enqueued {
                Ok(id) => expected.push((id.into(), *text)),
                // `jsonb` holds no NUL, and says so at once.
                Err(error) => assert!(text.contains('\0'), "{text:?}: {error}"),
            }
            pool.close().await;
        }
    }
    let worker = jobs.worker().start().await.expect("started");
    for (id, text) in expected {
        let echoed = jobs.handle::<Echo>(id).result().await;
        assert_eq!(echoed.expect("it ran"), *text);
        let record = jobs.get(id).await.expect("read").expect("a record");
        assert_eq!(record.args["text"], *text);
    }
    worker.stop().await.expect("stopped");
}

#[derive(serde::Serialize, serde::Deserialize)]
enum Shape {
    Circle { radius: Option<f32> },
}

#[job]
async fn draws(_name: String, _shapes: Vec<Shape>, _scale: f64) {}

async fn numbers_that_json_lacks_are_refused_by_name(place: Arc<Place>) {
    let jobs = place.connect().await;
    let draw = |radius: f32, scale: f64| Draws {
        _name: "null".to_owned(),
        _shapes: vec![Shape::Circle {
            radius: Some(radius),
        }],
        _scale: scale,
    };
    for (radius, scale, wrong) in [
        (f32::NAN, 1.0, "_shapes"),
        (1.0, f64::INFINITY, "_scale"),
        (1.0, f64::NEG_INFINITY, "_scale"),
    ] {
        let single = jobs.enqueue(draw(radius, scale)).await.map(drop);
        let bulk = jobs::perform_all_later([draw(radius, scale)])
            .on(&jobs)
            .await
            .map(drop);
        let sql = jobs.enqueue(draw(radius, scale)).to_sql().map(drop);
        for refused in [single, bulk, sql] {
            let error = refused.expect_err("no such number");
            assert!(
                matches!(&error, Error::Encode { job: "Draws", argument, .. } if *argument == wrong),
                "{error}"
            );
            assert!(error.to_string().contains("JSON does not have"), "{error}");
        }
    }
    let fine = jobs.enqueue(draw(f32::MIN, f64::MAX)).await;
    assert_eq!(
        fine.expect("finite").state().await.expect("there"),
        State::Ready
    );
    let none = Draws {
        _name: String::new(),
        _shapes: vec![Shape::Circle { radius: None }],
        _scale: 0.0,
    };
    jobs.enqueue(none).await.expect("an absent number is none");
}

async fn times_out_of_range_are_brought_into_it(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("started");
    let past = [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH];
    for time in past {
        let job = Noop::perform_later().wait_until(time).on(&jobs).await;
        let handle = job.expect("enqueued");
        handle.result().await.expect("what is past runs now");
        let record = jobs
            .get(handle.id())
            .await
            .expect("read")
            .expect("a record");
        assert_eq!(record.run_at.year(), time.year().max(1));
        let bulk = jobs::perform_all_later([Noop])
            .wait_until(time)
            .on(&jobs)
            .await;
        bulk.expect("enqueued")[0].result().await.expect("it ran");
    }
    let far = DateTime::<Utc>::MAX_UTC;
    let in_a_thousand = Utc::now() + TimeDelta::days(365_000);
    let later = [
        Noop::perform_later().wait_until(far),
        Noop::perform_later().wait(Duration::MAX),
    ];
    for (job, year) in later.into_iter().zip([9999, in_a_thousand.year()]) {
        let handle = job.on(&jobs).await.expect("enqueued");
        let record = jobs
            .get(handle.id())
            .await
            .expect("read")
            .expect("a record");
        assert_eq!(record.state, State::Scheduled);
        assert_eq!(record.run_at.year(), year);
    }
    let id = JobId::new();
    enqueue_by_sql(
        &jobs,
        &place,
        Echo::perform_later("").id(id).wait_until(far),
    )
    .await;
    let record = jobs.get(id).await.expect("read").expect("a record");
    assert_eq!(
        (record.state, record.run_at.year()),
        (State::Scheduled, 9999)
    );
    let letters = jobs.dead_letters().since(DateTime::<Utc>::MIN_UTC);
    assert!(letters.list().await.expect("listed").is_empty());
    worker.stop().await.expect("stopped");
}

async fn hides(_: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), Error> {
    let _ = next.run().await;
    Ok(())
}

async fn honest(_: &mut EnqueueInfo, next: NextEnqueue<'_>) -> Result<(), Error> {
    next.run().await
}

async fn does_nothing(_: &mut EnqueueInfo, _: NextEnqueue<'_>) -> Result<(), Error> {
    Ok(())
}

#[job(around_enqueue = [hides, honest])]
async fn hidden() {}

#[job(around_enqueue = [honest, does_nothing])]
async fn halted() {}

async fn a_hook_that_hides_a_failure_is_found_out(place: Arc<Place>) {
    let jobs = place
        .builder()
        .around_enqueue(honest)
        .await
        .expect("connected");
    Hidden::perform_later().on(&jobs).await.expect("stored");
    let error = Halted::perform_later().on(&jobs).await.expect_err("halted");
    assert!(
        matches!(&error, Error::Halted { by, .. } if by == "does_nothing"),
        "{error}"
    );
    jobs.close().await;
    let error = Hidden::perform_later().on(&jobs).await.expect_err("closed");
    assert!(
        matches!(&error, Error::NotStored { by, error, transient: false } if by == "hides" && error.contains("closed")),
        "{error}"
    );
    let error = Noop::perform_later().on(&jobs).await.expect_err("closed");
    assert!(matches!(error, Error::Closed), "{error}");
}

async fn an_id_is_taken_once(place: Arc<Place>) {
    let jobs = place.connect().await;
    let id = JobId::new();
    let first = Echo::perform_later("first")
        .id(id)
        .on(&jobs)
        .await
        .expect("enqueued");
    let again = Echo::perform_later("again")
        .id(id)
        .on(&jobs)
        .await
        .expect("there");
    assert_eq!((first.id(), again.id()), (id, id));
    assert_eq!(
        (first.was_duplicate(), again.was_duplicate()),
        (false, true)
    );
    let record = jobs.get(id).await.expect("read").expect("a record");
    assert_eq!(record.args["text"], "first");
    let other = Noop::perform_later()
        .id(id)
        .on(&jobs)
        .await
        .expect_err("taken");
    assert!(
        matches!(&other, Error::IdTaken { id: taken, existing } if *taken == id && existing == "Echo"),
        "{other}"
    );
}

async fn tags_have_limits(place: Arc<Place>) {
    let jobs = place.connect().await;
    let long = "x".repeat(101);
    let error = Noop::perform_later()
        .tag(long)
        .on(&jobs)
        .await
        .expect_err("too long");
    assert!(
        matches!(
            error,
            Error::TooLarge {
                what: "a tag",
                size: 101,
                limit: 100,
                ..
            }
        ),
        "{error}"
    );
    let mut many = Noop::perform_later().tag("nul \0 and 🦀");
    for n in 0..15 {
        many = many.tag(n.to_string());
    }
    let kept = many.on(&jobs).await.expect("sixteen");
    let record = jobs.get(kept.id()).await.expect("read").expect("a record");
    assert_eq!(
        (record.tags.len(), record.tags[0].as_str()),
        (16, "nul \0 and 🦀")
    );
}

async fn bulk_takes_iterators_and_streams(place: Arc<Place>) {
    let jobs = place.connect().await;
    let texts = ["a", "b", "c"];
    let make = |text: &str| Echo {
        text: text.to_owned(),
    };
    let listed = jobs::perform_all_later(texts.iter().map(|text| make(text)))
        .queue(crate::queues::low)
        .priority(-3)
        .tag("bulk")
        .on(&jobs)
        .await
        .expect("enqueued");
    let streamed = jobs::perform_all_later(stream::iter(texts.map(make)))
        .wait(Duration::from_secs(3_600))
        .on(&jobs)
        .await
        .expect("enqueued");
    assert_eq!((listed.len(), streamed.len(), streamed.halted()), (3, 3, 0));
    for (handle, text) in listed
        .iter()
        .chain(streamed.handles())
        .zip(texts.iter().cycle())
    {
        let record = jobs
            .get(handle.id())
            .await
            .expect("read")
            .expect("a record");
        assert_eq!(record.args["text"], **text, "in the order of the source");
    }
    let record = jobs
        .get(listed[0].id())
        .await
        .expect("read")
        .expect("a record");
    assert_eq!(
        (
            record.queue.as_str(),
            record.priority,
            record.tags.as_slice()
        ),
        ("low", -3, ["bulk".to_owned()].as_slice())
    );
    until("the streamed ones wait", async || {
        matches!(streamed[0].state().await, Ok(State::Scheduled))
    })
    .await;
}
