//! Recurring tasks of files.

use std::{sync::Arc, time::Duration};

use jobs::{CatchUp, Error, Jobs, Recurring, testing::TestClock};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::work::{Door, Run, Runs, builder, config};

tests!(
    a_task_of_the_file_ticks,
    the_file_changes_what_code_declares,
    the_file_takes_a_task_away,
    a_task_that_leaves_the_file_is_orphaned,
    the_file_keeps_its_tasks,
);

const DAY: Duration = Duration::from_secs(86_400);

const DIGEST: &str = r#"
[recurring.weekly]
job = "mail.digest"
cron = ["0 9 * * MON", "0 18 * * FRI"]
timezone = "Asia/Kathmandu"
args = { list = "friends", lines = 3 }
queue = "low"
priority = -5
description = "To friends"
catch_up = "all"
"#;

async fn at(place: &Place, text: &str, runs: &Runs) -> (TestClock, Jobs) {
    let clock = TestClock::at("2027-01-01T12:00:00Z".parse().expect("a time")); // a Friday
    let builder = clock
        .drive(builder(place, &Door::shut(), runs))
        .config(config(text));
    (clock.clone(), builder.await.expect("connected"))
}

async fn task(jobs: &Jobs, name: &str) -> Recurring {
    let task = jobs.recurring().get(name).await.expect("read");
    task.unwrap_or_else(|| panic!("there is no task `{name}`"))
}

async fn a_task_of_the_file_ticks(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, DIGEST, &runs).await;
    let weekly = task(&jobs, "weekly").await;
    assert!(weekly.orphaned, "no worker has it yet");
    let worker = jobs.worker().start().await.expect("started");
    let weekly = task(&jobs, "weekly").await;
    assert_eq!(
        (weekly.job.as_str(), weekly.zone.as_str()),
        ("mail.digest", "Asia/Kathmandu")
    );
    assert_eq!(weekly.schedule, "0 9 * * MON | 0 18 * * FRI");
    assert_eq!(
        (weekly.queue.as_deref(), weekly.priority),
        (Some("low"), Some(-5))
    );
    assert_eq!(
        (weekly.description.as_deref(), weekly.catch_up),
        (Some("To friends"), CatchUp::All)
    );
    assert!(!weekly.dynamic && !weekly.orphaned);
    clock.advance(&jobs, DAY * 7);
    until("both ticks have run", async || {
        runs.all()
            .iter()
            .filter(|run| run.what.starts_with("friends"))
            .count()
            == 2
    })
    .await;
    let run = |planned: &str| Run {
        what: "friends 3".into(),
        queue: "low".into(),
        planned: planned.into(),
    };
    let ran: Vec<_> = runs
        .all()
        .into_iter()
        .filter(|run| run.queue == "low")
        .collect();
    assert_eq!(ran, [run("01 12:15"), run("04 03:15")]);
    worker.stop().await.expect("stopped");
}

async fn the_file_changes_what_code_declares(place: Arc<Place>) {
    let runs = Runs::default();
    let text = "[recurring.Nightly]\ntimezone = \"America/New_York\"\nargs = { what = \"file\" }\nqueue = \"critical\"";
    let (clock, jobs) = at(&place, text, &runs).await;
    let worker = jobs.worker().start().await.expect("started");
    let nightly = task(&jobs, "Nightly").await;
    assert_eq!(
        (nightly.schedule.as_str(), nightly.zone.as_str()),
        ("0 3 * * *", "America/New_York")
    );
    assert_eq!(nightly.description.as_deref(), Some("By code"));
    clock.advance(&jobs, DAY);
    until("it has run", async || runs.all().len() == 1).await;
    let expected = Run {
        what: "file".into(),
        queue: "critical".into(),
        planned: "02 08:00".into(),
    };
    assert_eq!(runs.all(), [expected]);
    // Without the file it is the code's again.
    jobs.reload(config("")).expect("taken");
    until("it is as code says", async || {
        task(&jobs, "Nightly").await.zone == "Europe/Berlin"
    })
    .await;
    worker.stop().await.expect("stopped");
}

async fn the_file_takes_a_task_away(place: Arc<Place>) {
    let runs = Runs::default();
    let (clock, jobs) = at(&place, "[recurring.Nightly]\nenabled = false", &runs).await;
    assert!(
        jobs.recurring()
            .get("Nightly")
            .await
            .expect("read")
            .is_none()
    );
    let worker = jobs.worker().start().await.expect("started");
    clock.advance(&jobs, DAY);
    jobs.reload(config(DIGEST)).expect("taken");
    until("code declares it again", async || {
        let task = jobs.recurring().get("Nightly").await.expect("read");
        task.is_some_and(|task| !task.orphaned)
    })
    .await;
    assert!(runs.all().is_empty(), "{:?}", runs.all());
    jobs.reload(config("[recurring.Nightly]\nenabled = false"))
        .expect("taken");
    until("it is taken away", async || {
        task(&jobs, "Nightly").await.orphaned
    })
    .await;
    task(&jobs, "Nightly")
        .await
        .remove()
        .await
        .expect("nobody declares it");
    worker.stop().await.expect("stopped");
}

async fn a_task_that_leaves_the_file_is_orphaned(place: Arc<Place>) {
    let runs = Runs::default();
    let off = "[recurring.Nightly]\nenabled = false\n";
    let (clock, jobs) = at(&place, &format!("{off}{DIGEST}"), &runs).await;
    let worker = jobs.worker().start().await.expect("started");
    assert!(!task(&jobs, "weekly").await.orphaned);
    // The last one of all: nothing is declared any more.
    jobs.reload(config(off)).expect("taken");
    until("it is orphaned", async || {
        task(&jobs, "weekly").await.orphaned
    })
    .await;
    clock.advance(&jobs, DAY * 30);
    let weekly = task(&jobs, "weekly").await;
    assert_eq!((weekly.last_tick, weekly.next_tick), (None, None));
    weekly.remove().await.expect("an orphan may go");
    // An edited one starts from now.
    jobs.reload(config(&format!("{off}{DIGEST}")))
        .expect("taken");
    until("it is back", async || {
        let task = jobs.recurring().get("weekly").await.expect("read");
        task.is_some_and(|task| !task.orphaned)
    })
    .await;
    assert!(runs.all().is_empty(), "{:?}", runs.all());
    worker.stop().await.expect("stopped");
}

async fn the_file_keeps_its_tasks(place: Arc<Place>) {
    let (_, jobs) = at(&place, DIGEST, &Runs::default()).await;
    let refused = task(&jobs, "weekly")
        .await
        .remove()
        .await
        .expect_err("the file declares it");
    assert!(
        matches!(&refused, Error::TaskInCode { name } if name == "weekly"),
        "{refused}"
    );
    assert!(refused.to_string().contains("file"), "{refused}");
    let refused = jobs
        .recurring()
        .upsert("weekly", "every 5m", crate::work::Quick)
        .await;
    assert!(
        matches!(refused, Err(Error::TaskInCode { .. })),
        "{refused:?}"
    );
    // A pause is an operator's word: it outlives what the file says.
    task(&jobs, "weekly").await.pause().await.expect("paused");
    let worker = jobs.worker().start().await.expect("started");
    jobs.reload(config(&DIGEST.replace("MON", "TUE")))
        .expect("taken");
    until("the file's word", async || {
        task(&jobs, "weekly").await.schedule.contains("TUE")
    })
    .await;
    assert!(task(&jobs, "weekly").await.paused);
    worker.stop().await.expect("stopped");
}
