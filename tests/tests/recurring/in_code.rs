//! Tasks that code declares.

use std::{sync::Arc, time::Duration};

use jobs::{
    CatchUp, Error,
    storage::{Declarer, TaskDecl},
};
use jobs_tests::{
    make::secs,
    place::{Place, until},
    tests,
};

use crate::work::{Run, Runs, at, utc};

tests!(
    a_tick_runs_the_job_as_it_is_declared,
    several_schedulers_make_each_tick_once,
    missed_ticks_are_caught_up_as_declared,
    a_handle_shows_what_its_code_declares,
    code_that_is_gone_leaves_an_orphan,
    code_keeps_its_tasks,
);

const DAY: Duration = Duration::from_secs(86_400);

async fn a_tick_runs_the_job_as_it_is_declared(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-03-26T12:00:00Z", &runs).await;
    let worker = jobs.worker().start().await.expect("started");
    clock.advance(&jobs, DAY);
    until("the tick has run", async || runs.all().len() == 1).await;
    let run = Run {
        who: "ann".to_owned(),
        planned: utc("2027-03-27T01:30:00Z"),
        queue: "reports".to_owned(),
        tags: vec!["nightly".to_owned()],
    };
    assert_eq!(runs.all(), [run]);
    // The next one falls into the hour that is skipped.
    clock.advance(&jobs, DAY);
    until("the next has run", async || runs.all().len() == 2).await;
    assert_eq!(runs.planned(), ["27 01:30", "28 01:00"]);
    let task = jobs
        .recurring()
        .get("Nightly")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(task.last_tick, Some(utc("2027-03-28T01:00:00Z")));
    assert_eq!(task.next_tick, Some(utc("2027-03-29T00:30:00Z")));
    assert!(!task.orphaned && !task.dynamic && !task.paused);
    worker.stop().await.expect("stopped");
}

async fn several_schedulers_make_each_tick_once(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    let mut workers = Vec::new();
    for _ in 0..3 {
        let other = clock.drive(place.builder()).state(runs.clone());
        let other = other.connect().await.expect("connected");
        workers.push((other.worker().start().await.expect("started"), other));
    }
    for day in 1..=5 {
        for (_, other) in &workers {
            clock.advance(other, if workers.len() == 3 { DAY / 3 } else { DAY });
        }
        until("the tick has run", async || runs.all().len() >= day).await;
    }
    assert_eq!(
        runs.planned(),
        ["02 01:30", "03 01:30", "04 01:30", "05 01:30", "06 01:30"]
    );
    let letters = jobs.dead_letters().list().await.expect("read");
    assert!(letters.is_empty(), "{letters:?}");
    for (worker, _) in workers {
        worker.stop().await.expect("stopped");
    }
}

async fn missed_ticks_are_caught_up_as_declared(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    clock.advance(&jobs, DAY * 3);
    clock.tick(&jobs).await.expect("ticked");
    clock.tick(&jobs).await.expect("nothing more");
    let worker = jobs.worker().start().await.expect("started");
    until("all have run", async || runs.all().len() == 3).await;
    assert_eq!(runs.planned(), ["02 01:30", "03 01:30", "04 01:30"]);
    worker.stop().await.expect("stopped");
}

async fn a_handle_shows_what_its_code_declares(place: Arc<Place>) {
    let (_, jobs) = at(&place, "2027-01-01T12:00:00Z", &Runs::default()).await;
    let tasks = jobs.recurring().list().await.expect("listed");
    let names: Vec<_> = tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(
        names,
        ["Nightly"],
        "one that is not enabled is not declared"
    );
    let task = &tasks[0];
    assert_eq!(
        (
            task.job.as_str(),
            task.schedule.as_str(),
            task.zone.as_str()
        ),
        ("Nightly", "30 2 * * *", "Europe/Berlin")
    );
    assert_eq!(task.description.as_deref(), Some("The nightly report"));
    assert_eq!(task.args, serde_json::json!({ "who": "ann" }));
    assert_eq!(task.catch_up, CatchUp::All);
    assert!(task.orphaned, "no worker has it yet");
    let worker = jobs.worker().start().await.expect("started");
    let task = jobs
        .recurring()
        .get("Nightly")
        .await
        .expect("read")
        .expect("there");
    assert!(!task.orphaned);
    assert_eq!(task.next_tick, Some(utc("2027-01-02T01:30:00Z")));
    worker.stop().await.expect("stopped");
    let task = jobs
        .recurring()
        .get("Nightly")
        .await
        .expect("read")
        .expect("there");
    assert!(task.orphaned);
}

async fn code_that_is_gone_leaves_an_orphan(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    // As an older release has left it.
    let storage = place.storage().await;
    let kinds = storage.kind_names().await.expect("read");
    let kind = kinds
        .iter()
        .find(|(_, name)| name == "Note")
        .expect("known")
        .0;
    let old = TaskDecl {
        name: "old".to_owned(),
        kind,
        version: 1,
        args: r#"{"who":"old"}"#.to_owned(),
        schedule: "every 1h".to_owned(),
        zone: "UTC".to_owned(),
        description: None,
        catch_up: CatchUp::One,
        queue: None,
        priority: None,
    };
    let declared = storage
        .declare_tasks(vec![old], Declarer::Worker, Some(clock.now()))
        .await;
    assert_eq!(declared.expect("declared"), [true]);
    let worker = jobs.worker().start().await.expect("started");
    clock.advance(&jobs, DAY);
    until("the other task has run", async || runs.all().len() == 1).await;
    let orphan = jobs
        .recurring()
        .get("old")
        .await
        .expect("read")
        .expect("kept");
    assert!(orphan.orphaned);
    assert_eq!((orphan.last_tick, orphan.next_tick), (None, None));
    assert_eq!(runs.all()[0].who, "ann");
    orphan.remove().await.expect("an orphan may go");
    assert!(jobs.recurring().get("old").await.expect("read").is_none());
    worker.stop().await.expect("stopped");
}

async fn code_keeps_its_tasks(place: Arc<Place>) {
    let (_, jobs) = at(&place, "2027-01-01T12:00:00Z", &Runs::default()).await;
    let task = jobs
        .recurring()
        .get("Nightly")
        .await
        .expect("read")
        .expect("there");
    let refused = task.remove().await.expect_err("declared here");
    assert!(
        matches!(&refused, Error::TaskInCode { name } if name == "Nightly"),
        "{refused}"
    );
    let note = crate::work::Note {
        who: "x".to_owned(),
    };
    let refused = jobs.recurring().upsert("Nightly", "every 5m", note).await;
    assert!(
        matches!(refused, Err(Error::TaskInCode { .. })),
        "{refused:?}"
    );
    let _ = secs(1);
}
