//! Tasks that are made, changed and removed by calls.

use std::{sync::Arc, time::Duration};

use jobs::{
    CatchUp, Error,
    storage::{Declarer, TaskDecl},
};
use jobs_tests::{
    make,
    place::{Place, until},
    tests,
};

use crate::work::{Note, Runs, at, utc};

tests!(
    made_changed_and_removed,
    a_worker_ticks_by_the_real_clock,
    each_policy_after_an_outage,
    paused_it_does_not_tick_and_makes_up_for_nothing,
    it_runs_at_once_when_told,
    an_unknown_kind_waits,
    what_cannot_run_is_refused,
);

const HOUR: Duration = Duration::from_secs(3_600);

fn note(who: &str) -> Note {
    Note {
        who: who.to_owned(),
    }
}

async fn made_changed_and_removed(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    let worker = jobs.worker().start().await.expect("started");
    let made = jobs
        .recurring()
        .upsert("hourly", "every 1h", note("a"))
        .description("Every hour")
        .await
        .expect("made");
    assert!(made.dynamic && !made.orphaned && !made.paused);
    assert_eq!(made.next_tick, Some(utc("2027-01-01T13:00:00Z")));
    assert_eq!(made.description.as_deref(), Some("Every hour"));
    clock.advance(&jobs, HOUR);
    until("it ticked", async || runs.all().len() == 1).await;

    // Other arguments, the same schedule: it keeps its place.
    jobs.recurring()
        .upsert("hourly", "every 1h", note("b"))
        .await
        .expect("changed");
    clock.advance(&jobs, HOUR);
    until("it ticked", async || runs.all().len() == 2).await;
    assert_eq!(runs.all()[1].who, "b");

    // Another schedule starts from now.
    let changed = jobs
        .recurring()
        .upsert("hourly", "15 9 * * *", note("c"))
        .timezone(chrono_tz::Asia::Kathmandu)
        .catch_up(CatchUp::None)
        .await
        .expect("changed");
    assert_eq!(changed.next_tick, Some(utc("2027-01-02T03:30:00Z")));
    assert_eq!(
        (changed.zone.as_str(), changed.catch_up),
        ("Asia/Kathmandu", CatchUp::None)
    );
    changed.remove().await.expect("removed");
    assert!(matches!(changed.pause().await, Err(Error::NoTask { .. })));
    clock.advance(&jobs, HOUR * 48);
    until("the task in code ticked", async || runs.all().len() == 4).await;
    assert!(runs.all().iter().all(|run| run.who != "c"));
    worker.stop().await.expect("stopped");
}

async fn a_worker_ticks_by_the_real_clock(place: Arc<Place>) {
    let runs = Runs::default();
    let jobs = place
        .builder()
        .state(runs.clone())
        .connect()
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    // It sleeps when this wakes it.
    let other = place
        .builder()
        .state(runs.clone())
        .connect()
        .await
        .expect("connected");
    other
        .recurring()
        .upsert("often", "every 1s", note("often"))
        .await
        .expect("made");
    if place.backend == jobs_tests::place::Backend::Memory {
        // Two handles on one memory hear nothing of each other.
        jobs.recurring()
            .upsert("often", "every 1s", note("often"))
            .await
            .expect("made");
    }
    until("it ticked three times", async || runs.all().len() >= 3).await;
    let planned: Vec<_> = runs
        .all()
        .iter()
        .map(|run| run.planned.timestamp_micros())
        .collect();
    assert!(
        planned.iter().all(|time| time % 1_000_000 == 0),
        "{planned:?}"
    );
    assert!(
        planned.windows(2).all(|pair| pair[0] < pair[1]),
        "{planned:?}"
    );
    worker.stop().await.expect("stopped");
}

async fn each_policy_after_an_outage(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    for (name, catch_up) in [
        ("one", CatchUp::One),
        ("all", CatchUp::All),
        ("none", CatchUp::None),
    ] {
        let made = jobs
            .recurring()
            .upsert(name, "every 1h", note(name))
            .catch_up(catch_up);
        made.await.expect("made");
    }
    clock.advance(&jobs, HOUR * 3 + Duration::from_secs(60));
    clock.tick(&jobs).await.expect("ticked");
    let worker = jobs.worker().start().await.expect("started");
    until("what is caught up has run", async || runs.all().len() == 4).await;
    let of = |who: &str| {
        let mut runs = runs.all();
        runs.retain(|run| run.who == who);
        runs.into_iter()
            .map(|run| run.planned.format("%H:%M").to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("one"), ["15:00"]);
    assert_eq!(of("all"), ["13:00", "14:00", "15:00"]);
    assert!(of("none").is_empty());
    // From then on all are alike.
    clock.advance(&jobs, HOUR - Duration::from_secs(57));
    until("each ticked", async || runs.all().len() == 7).await;
    assert_eq!(of("none"), ["16:00"]);
    worker.stop().await.expect("stopped");
}

async fn paused_it_does_not_tick_and_makes_up_for_nothing(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    let made = jobs
        .recurring()
        .upsert("hourly", "every 1h", note("a"))
        .catch_up(CatchUp::All);
    let task = made.await.expect("made");
    task.pause().await.expect("paused");
    let seen = jobs
        .recurring()
        .get("hourly")
        .await
        .expect("read")
        .expect("there");
    assert!(seen.paused && seen.next_tick.is_none());
    clock.advance(&jobs, HOUR * 3);
    clock.tick(&jobs).await.expect("ticked");
    task.resume().await.expect("resumed");
    clock.tick(&jobs).await.expect("ticked");
    assert_eq!(
        jobs.queue(jobs::queues::default)
            .len()
            .await
            .expect("counted"),
        0
    );
    let seen = jobs
        .recurring()
        .get("hourly")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(seen.next_tick, Some(utc("2027-01-01T16:00:00Z")));
    clock.advance(&jobs, HOUR);
    clock.tick(&jobs).await.expect("ticked");
    assert_eq!(
        jobs.queue(jobs::queues::default)
            .len()
            .await
            .expect("counted"),
        1
    );
}

async fn it_runs_at_once_when_told(place: Arc<Place>) {
    let runs = Runs::default();
    let (_, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    let worker = jobs.worker().start().await.expect("started");
    let task = jobs
        .recurring()
        .get("Nightly")
        .await
        .expect("read")
        .expect("there");
    task.pause().await.expect("paused");
    let id = task.run_now().await.expect("enqueued");
    jobs.handle::<crate::work::Nightly>(id)
        .result()
        .await
        .expect("it ran");
    let run = &runs.all()[0];
    assert_eq!((run.who.as_str(), run.queue.as_str()), ("ann", "reports"));
    assert_eq!(run.planned, utc("2027-01-01T12:00:00Z"));
    worker.stop().await.expect("stopped");
}

async fn an_unknown_kind_waits(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "2027-01-01T12:00:00Z", &runs).await;
    let storage = place.storage().await;
    let kinds = make::declare(&*storage, &["Newer"]).await;
    let newer = TaskDecl {
        name: "newer".to_owned(),
        kind: kinds[0],
        version: 1,
        args: "{}".to_owned(),
        schedule: "every 1h".to_owned(),
        zone: "UTC".to_owned(),
        description: None,
        catch_up: CatchUp::One,
        queue: None,
        priority: None,
    };
    let declared = storage
        .declare_tasks(vec![newer], Declarer::Caller, Some(clock.now()))
        .await;
    declared.expect("declared");
    clock.advance(&jobs, HOUR * 2);
    clock.tick(&jobs).await.expect("ticked");
    let task = jobs
        .recurring()
        .get("newer")
        .await
        .expect("read")
        .expect("there");
    assert_eq!((task.job.as_str(), task.last_tick), ("Newer", None));
    assert!(!task.orphaned, "a worker that knows the job may come");
    let refused = task.run_now().await;
    assert!(
        matches!(refused, Err(Error::UnknownJob { .. })),
        "{refused:?}"
    );
}

async fn what_cannot_run_is_refused(place: Arc<Place>) {
    let jobs = place.connect().await;
    let upsert = |name: &str, schedule: &str| jobs.recurring().upsert(name, schedule, note("x"));
    for (schedule, zone) in [
        ("0 25 * * *", "UTC"),
        ("0 0 31 2 *", "UTC"),
        ("every 5 fortnights", "UTC"),
        ("", "UTC"),
        ("0 9 * * *", "Europe/Berlim"),
    ] {
        let refused = upsert("x", schedule).timezone(zone).await;
        assert!(
            matches!(refused, Err(Error::InvalidSchedule { .. })),
            "{schedule}: {refused:?}"
        );
    }
    for name in ["", "a\0b", &"x".repeat(121)] {
        let refused = upsert(name, "every 5m").await;
        assert!(
            matches!(refused, Err(Error::InvalidSetting { .. })),
            "{refused:?}"
        );
    }
    assert!(jobs.recurring().get("x").await.expect("read").is_none());
}
