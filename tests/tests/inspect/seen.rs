//! What is seen.

use std::{sync::Arc, time::Duration};

use jobs::{
    State,
    inspect::{Filter, Reason, Span},
    job,
};
use jobs_tests::{
    place::{Place, until},
    tests,
};

use super::queues;

tests!(
    the_overview_counts_what_ran,
    redacted_arguments_are_never_shown_nor_searched,
    redacted_arguments_are_hidden_in_errors,
    why_a_job_waits,
    why_a_key_is_held,
    dead_letters_are_grouped,
);

#[job]
async fn inspect_fine(n: u32) {
    let _ = n;
}

#[job(retry = 0)]
async fn inspect_broken(n: u32) -> Result<(), String> {
    Err(format!("user {n} has no \"card {n}\""))
}

#[job(redact(card), queue = "idle")]
async fn inspect_pays(card: String, cents: i64) {
    let _ = (card, cents);
}

#[job(retry = 0, redact(card))]
async fn inspect_tells(card: String, blunt: bool) -> Result<(), std::io::Error> {
    assert!(!blunt, "no bank takes {card}");
    Err(std::io::Error::other(format!(
        "the card {card:?} is refused"
    )))
}

#[job(concurrency(limit = 1, key = n))]
async fn inspect_narrow(n: u32) {
    tokio::time::sleep(Duration::from_secs(60 + u64::from(n))).await;
}

#[job(unique(by = [n]))]
async fn inspect_alone(n: u32) {
    let _ = n;
}

async fn the_overview_counts_what_ran(place: Arc<Place>) {
    let jobs = place.connect().await;
    for n in 0..3 {
        InspectFine::perform_later(n).on(&jobs).await.expect("done");
        InspectBroken::perform_later(n)
            .on(&jobs)
            .await
            .expect("done");
    }
    InspectPays::perform_later("4242", 5)
        .on(&jobs)
        .await
        .expect("done");
    let inspector = jobs.inspect();
    let before = inspector.overview().await.expect("done");
    assert_eq!(before.states["ready"].count, 7);
    let worker = jobs
        .worker()
        .queues([queues::default])
        .start()
        .await
        .expect("done");
    until("all ran", async || {
        let states = inspector.overview().await.expect("done").states;
        states["succeeded"].count == 3 && states["dead"].count == 3
    })
    .await;
    let now = inspector.overview().await.expect("done");
    assert_eq!((now.workers, now.lost), (1, 0));
    let queue = |name: &str| {
        let found = now.queues.iter().find(|queue| queue.name == name);
        found.cloned().expect("a queue")
    };
    assert_eq!(
        (queue("default").ready.count, queue("default").workers),
        (0, 1)
    );
    assert_eq!((queue("idle").ready.count, queue("idle").workers), (1, 0));
    assert!(queue("idle").latency > Duration::ZERO);
    worker.stop().await.expect("done");
    // What was counted is written when the worker ends, at the latest.
    let history = inspector.history(Span::Hour, 2, None).await.expect("done");
    let sum = |of: fn(&jobs::inspect::Bucket) -> u64| history.iter().map(of).sum::<u64>();
    assert_eq!(
        (sum(|b| b.succeeded), sum(|b| b.failed), sum(|b| b.dead)),
        (3, 3, 3)
    );
    let broken = inspector
        .history(Span::Minute, 5, Some("InspectBroken"))
        .await
        .expect("done");
    assert_eq!(broken.iter().map(|bucket| bucket.succeeded).sum::<u64>(), 0);
    assert_eq!(broken.iter().map(|bucket| bucket.failed).sum::<u64>(), 3);
    assert!(
        inspector
            .history(Span::Minute, 5, Some("nobody"))
            .await
            .expect("done")
            .is_empty()
    );
}

async fn redacted_arguments_are_never_shown_nor_searched(place: Arc<Place>) {
    let jobs = place.connect().await;
    let handle = InspectPays::perform_later("4242 4242", 77)
        .on(&jobs)
        .await
        .expect("done");
    let inspector = jobs.inspect();
    let shown = serde_json::json!({ "card": "[redacted]", "cents": 77 });
    assert_eq!(
        inspector
            .get(handle.id())
            .await
            .expect("done")
            .expect("done")
            .args,
        shown
    );
    let search = async |text: &str| {
        let filter = Filter {
            args: Some(text.to_owned()),
            ..Filter::default()
        };
        inspector.jobs(&filter, None, 10).await.expect("done").items
    };
    assert!(search("4242").await.is_empty());
    assert_eq!(search("77").await[0].args, shown);
    // What is shown comes back from an editor, and is not stored.
    let edited = serde_json::json!({ "card": "[redacted]", "cents": 78 });
    inspector
        .edit(handle.id(), edited, false)
        .await
        .expect("done");
    let stored = jobs
        .get(handle.id())
        .await
        .expect("done")
        .expect("done")
        .args;
    assert_eq!(
        stored,
        serde_json::json!({ "card": "4242 4242", "cents": 78 })
    );
}

async fn redacted_arguments_are_hidden_in_errors(place: Arc<Place>) {
    const CARD: &str = "4242\"secret\"";
    let jobs = place.connect().await;
    let mut ids = Vec::new();
    for blunt in [false, true] {
        let told = InspectTells::perform_later(CARD, blunt).on(&jobs);
        ids.push(told.await.expect("enqueued"));
    }
    let worker = jobs.worker().start().await.expect("started");
    until("both are dead", async || {
        let mut dead = 0;
        for job in &ids {
            dead += u8::from(job.state().await.expect("known") == State::Dead);
        }
        dead == 2
    })
    .await;
    worker.stop().await.expect("stopped");

    let inspector = jobs.inspect();
    for job in &ids {
        let record = inspector.get(job.id()).await.expect("read").expect("kept");
        let shown = format!("{record:?}");
        assert!(!shown.contains("4242"), "{shown}");
        let error = record.attempts[0].error.as_ref().expect("it failed");
        assert!(error.message().contains("[redacted]"), "{error:?}");
    }
    let groups = inspector.dead_groups().await.expect("read");
    assert_eq!(groups.len(), 2);
    assert!(!format!("{groups:?}").contains("4242"), "{groups:?}");
    let search = async |text: &str| {
        let filter = Filter {
            error: Some(text.to_owned()),
            ..Filter::default()
        };
        let page = inspector.jobs(&filter, None, 10).await;
        page.expect("read").items.len()
    };
    assert_eq!((search("4242").await, search("no bank").await), (0, 1));
}

async fn why_a_job_waits(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect().as_actor("cli:ann");
    let first = InspectPays::perform_later("x", 1)
        .on(&jobs)
        .await
        .expect("done");
    let second = InspectPays::perform_later("x", 2)
        .on(&jobs)
        .await
        .expect("done");
    let late = InspectPays::perform_later("x", 3)
        .wait(Duration::from_secs(3_600))
        .on(&jobs);
    let late = late.await.expect("done");
    let why = async |id| {
        inspector
            .why(id)
            .await
            .expect("done")
            .expect("done")
            .reasons
    };
    let nobody = Reason::NoWorker {
        queue: "idle".into(),
        live: 0,
    };
    assert_eq!(why(first.id()).await, [nobody]);
    let worker = jobs
        .worker()
        .queues([queues::default])
        .start()
        .await
        .expect("done");
    inspector.pause("idle").await.expect("done");
    let reasons = why(second.id()).await;
    assert!(
        matches!(&reasons[0], Reason::Paused { by: Some(by), since: Some(_), .. } if by == "cli:ann"),
        "{reasons:?}"
    );
    assert!(
        matches!(&reasons[1], Reason::NoWorker { live: 1, .. }),
        "{reasons:?}"
    );
    assert!(
        matches!(
            &reasons[2],
            Reason::Behind {
                jobs: 1,
                more: false,
                ..
            }
        ),
        "{reasons:?}"
    );
    let reasons = why(late.id()).await;
    assert!(
        matches!(&reasons[0], Reason::Scheduled { retry: None, .. }),
        "{reasons:?}"
    );
    assert!(
        inspector
            .why(jobs::JobId::new())
            .await
            .expect("done")
            .is_none()
    );
    worker.stop().await.expect("done");
}

async fn why_a_key_is_held(place: Arc<Place>) {
    let jobs = place.connect().await;
    let inspector = jobs.inspect();
    let worker = jobs
        .worker()
        .concurrency(4)
        .shutdown_timeout(Duration::ZERO);
    let worker = worker.start().await.expect("done");
    let one = InspectNarrow::perform_later(1)
        .on(&jobs)
        .await
        .expect("done");
    until("it runs", async || {
        one.state().await.expect("done") == State::Running
    })
    .await;
    let two = InspectNarrow::perform_later(1)
        .on(&jobs)
        .await
        .expect("done");
    until("it is blocked", async || {
        two.state().await.expect("done") == State::Blocked
    })
    .await;
    let reasons = inspector
        .why(two.id())
        .await
        .expect("done")
        .expect("done")
        .reasons;
    let expected = Reason::Concurrency {
        limit: 1,
        used: 1,
        holders: vec![one.id()],
    };
    assert_eq!(reasons, [expected]);
    let running = inspector
        .why(one.id())
        .await
        .expect("done")
        .expect("done")
        .reasons;
    assert!(
        matches!(
            &running[0],
            Reason::Runs {
                worker: Some(_),
                ..
            }
        ),
        "{running:?}"
    );
    let names: Vec<_> = inspector
        .running(10)
        .await
        .expect("done")
        .into_iter()
        .map(|job| job.id)
        .collect();
    assert_eq!(names, [one.id()]);
    worker.stop().await.expect("done");
    let alone = InspectAlone::perform_later(1)
        .wait(Duration::from_secs(60))
        .on(&jobs)
        .await
        .expect("done");
    let copy = inspector.run_again(alone.id()).await.expect_err("refused");
    assert!(copy.to_string().contains(&alone.id().to_string()), "{copy}");
}

async fn dead_letters_are_grouped(place: Arc<Place>) {
    let jobs = place.connect().await;
    let worker = jobs.worker().start().await.expect("done");
    let inspector = jobs.inspect();
    for n in 0..5 {
        InspectBroken::perform_later(n)
            .on(&jobs)
            .await
            .expect("done");
    }
    until("all are dead", async || {
        inspector.overview().await.expect("done").states["dead"].count == 5
    })
    .await;
    let groups = inspector.dead_groups().await.expect("done");
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!((groups[0].count, groups[0].jobs.len()), (5, 5));
    assert_eq!(groups[0].shape, "user # has no \"…\"");
    assert!(groups[0].names.contains("InspectBroken"));
    worker.stop().await.expect("done");
    assert_eq!(inspector.discard_group("other").await.expect("done"), 0);
    assert_eq!(
        inspector
            .retry_group(&groups[0].fingerprint)
            .await
            .expect("done"),
        5
    );
    assert_eq!(
        inspector.overview().await.expect("done").states["ready"].count,
        5
    );
    assert!(inspector.dead_groups().await.expect("done").is_empty());
}
