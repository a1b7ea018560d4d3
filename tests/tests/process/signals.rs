//! What signals mean to a worker.

use std::{sync::Arc, time::Duration};

use jobs::State;
use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::ledger::Account;

use super::children::{Spec, WorkerProcess, entries, ledger};

tests!(
    terminate_lets_running_jobs_finish,
    after_its_patience_it_puts_them_back,
    a_second_signal_ends_at_once,
    stop_from_the_terminal_quiets,
);

async fn terminate_lets_running_jobs_finish(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let mut worker = WorkerProcess::start(&place, &ledger, &Spec::default());
    let running = jobs
        .enqueue(Account { n: 1, millis: 800 })
        .await
        .expect("enqueued");
    entries(&ledger, "start", 1).await;
    worker.signal("TERM");
    assert!(worker.ended().await.success());
    assert_eq!(
        running.state().await.expect("it is there"),
        State::Succeeded
    );
}

async fn after_its_patience_it_puts_them_back(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let spec = Spec {
        shutdown: Duration::from_millis(200),
        ..Spec::default()
    };
    let mut worker = WorkerProcess::start(&place, &ledger, &spec);
    let running = jobs
        .enqueue(Account {
            n: 1,
            millis: 60_000,
        })
        .await
        .expect("enqueued");
    entries(&ledger, "start", 1).await;
    worker.signal("INT");
    assert!(worker.ended().await.success());
    assert_eq!(running.state().await.expect("it is there"), State::Ready);
    let record = jobs
        .get(running.id())
        .await
        .expect("readable")
        .expect("there");
    assert!(
        record.attempts.is_empty(),
        "a shutdown costs no attempt: {:?}",
        record.attempts
    );
}

async fn a_second_signal_ends_at_once(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let spec = Spec {
        shutdown: Duration::from_secs(60),
        ..Spec::default()
    };
    let mut worker = WorkerProcess::start(&place, &ledger, &spec);
    let running = jobs
        .enqueue(Account {
            n: 1,
            millis: 60_000,
        })
        .await
        .expect("enqueued");
    entries(&ledger, "start", 1).await;
    // The first signal must have been taken before the second counts as one.
    worker.signal("TERM");
    until("the second signal is taken", || {
        worker.signal("TERM");
        std::future::ready(ledger.count("dropped") > 0)
    })
    .await;
    assert_eq!(worker.ended().await.code(), Some(128 + 15));
    assert_eq!(running.state().await.expect("it is there"), State::Ready);
}

async fn stop_from_the_terminal_quiets(place: Arc<Place>) {
    let (jobs, ledger) = (place.connect().await, ledger(&place));
    let worker = WorkerProcess::start(&place, &ledger, &Spec::default());
    let first = jobs
        .enqueue(Account { n: 1, millis: 0 })
        .await
        .expect("enqueued");
    first.result().await.expect("it runs");
    worker.signal("TSTP");
    // Probes that were claimed before the signal arrived still run; one that stays ready shows the quiet.
    let mut n = 1;
    let quiet = loop {
        n += 1;
        let probe = jobs
            .enqueue(Account { n, millis: 0 })
            .await
            .expect("enqueued");
        if probe
            .result_within(Duration::from_millis(1_500))
            .await
            .is_err()
        {
            break probe;
        }
    };
    assert_eq!(quiet.state().await.expect("it is there"), State::Ready);
    worker.signal("CONT");
    quiet.result().await.expect("it runs now");
}
