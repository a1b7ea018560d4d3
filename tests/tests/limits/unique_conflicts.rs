//! What becomes of a job whose unique key is held.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use jobs::{Error, State, job};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::drive::{Gate, connect, record};

tests!(
    error,
    replace,
    replace_of_a_running_one_is_refused,
    reschedule,
    log,
    dead
);

macro_rules! conflicting {
    ($($name:ident $conflict:literal;)*) => {
        $(
            #[job(unique(by = [n], on_conflict = $conflict), tags("mine"))]
            async fn $name(n: u64, note: String, #[state] gate: &Gate) {
                let _ = n;
                gate.pass(stringify!($name), &note).await;
            }
        )*
    };
}

conflicting! {
    errs "error";
    replaces "replace";
    reschedules "reschedule";
    logs "log";
    dies "dead";
}

async fn error(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let first = Errs::perform_later(1, "a").on(&jobs).await.expect("new");
    let refused = Errs::perform_later(1, "b")
        .on(&jobs)
        .await
        .expect_err("held");
    match &refused {
        Error::Duplicate { job, holder } => {
            assert_eq!((job.as_str(), *holder), ("Errs", first.id()));
        }
        other => panic!("{other}"),
    }
    assert!(
        refused
            .to_string()
            .contains("the unique key of `Errs` is held by job")
    );
}

async fn replace(place: Arc<Place>) {
    let gate = Gate::new(true);
    let jobs = connect(&place, &gate).await;
    let tomorrow = Duration::from_secs(86_400);
    let first = Replaces::perform_later(1, "a")
        .wait(tomorrow)
        .on(&jobs)
        .await
        .expect("new");
    let second = Replaces::perform_later(1, "b")
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!((second.id(), second.was_duplicate()), (first.id(), true));
    let changed = record(&jobs, first.id()).await;
    assert_eq!(
        (changed.state, &changed.args["note"]),
        (State::Ready, &"b".into())
    );
    let later = Replaces::perform_later(1, "c")
        .wait(Duration::from_millis(200))
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!(record(&jobs, later.id()).await.state, State::Scheduled);
    let worker = jobs.worker().start().await.expect("started");
    later.result().await.expect("done");
    assert_eq!(gate.order(), ["c"]);
    worker.stop().await.expect("stopped");
}

async fn replace_of_a_running_one_is_refused(place: Arc<Place>) {
    let gate = Gate::new(false);
    let jobs = connect(&place, &gate).await;
    let first = Replaces::perform_later(1, "a")
        .on(&jobs)
        .await
        .expect("new");
    let worker = jobs.worker().start().await.expect("started");
    until("it runs", async || gate.of("replaces").now == 1).await;
    let second = Replaces::perform_later(1, "b")
        .wait(Duration::from_secs(60))
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!((second.id(), second.was_duplicate()), (first.id(), true));
    let running = record(&jobs, first.id()).await;
    assert_eq!(
        (running.state, &running.args["note"]),
        (State::Running, &"a".into())
    );
    gate.open();
    first.result().await.expect("done");
    worker.stop().await.expect("stopped");
}

async fn reschedule(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let first = Reschedules::perform_later(1, "a")
        .on(&jobs)
        .await
        .expect("new");
    let time = Utc::now() + TimeDelta::hours(3);
    let second = Reschedules::perform_later(1, "b")
        .wait_until(time)
        .on(&jobs)
        .await
        .expect("held");
    assert_eq!((second.id(), second.was_duplicate()), (first.id(), true));
    let moved = record(&jobs, first.id()).await;
    assert_eq!(
        (moved.state, &moved.args["note"]),
        (State::Scheduled, &"a".into())
    );
    assert_eq!(moved.run_at.timestamp_micros(), time.timestamp_micros());
}

async fn log(place: Arc<Place>) {
    let jobs = connect(&place, &Gate::new(true)).await;
    let first = Logs::perform_later(1, "a").on(&jobs).await.expect("new");
    let second = Logs::perform_later(1, "b").on(&jobs).await.expect("held");
    assert_eq!((second.id(), second.was_duplicate()), (first.id(), true));
    assert_eq!(record(&jobs, first.id()).await.args["note"], "a");
}

async fn dead(place: Arc<Place>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&told);
    let jobs = place
        .builder()
        .state_dyn::<Gate>(Gate::new(true))
        .on_dead(move |letter| {
            let notes = Arc::clone(&notes);
            async move { notes.lock().expect("unpoisoned").push(letter.id) }
        })
        .await
        .expect("connected");
    let first = Dies::perform_later(1, "a").on(&jobs).await.expect("new");
    let second = Dies::perform_later(1, "b").on(&jobs).await.expect("stored");
    assert_ne!(second.id(), first.id());
    assert_eq!(second.state().await.expect("known"), State::Dead);
    let letters = jobs
        .dead_letters()
        .unresolved()
        .list()
        .await
        .expect("listed");
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].id, letters[0].error.type_name()),
        (second.id(), "jobs::Duplicate")
    );
    assert!(letters[0].error.message().contains(&first.id().to_string()));
    assert_eq!(
        (&letters[0].args["note"], &letters[0].tags[..]),
        (&"b".into(), &["mine".to_owned()][..])
    );
    assert_eq!(*told.lock().expect("unpoisoned"), [second.id()]);
    let refused = letters[0].retry().await.expect_err("still held");
    assert!(matches!(refused, Error::Duplicate { .. }), "{refused}");
    first.cancel().await.expect("cancelled");
    assert!(letters[0].retry().await.expect("free"));
    assert_eq!(second.state().await.expect("known"), State::Ready);
}
