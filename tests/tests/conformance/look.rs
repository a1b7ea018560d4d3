//! `look` and `get`: what is kept of a job, wherever it stands.

use std::sync::Arc;

use jobs::{JobId, State, storage::Next};
use jobs_tests::{Database, cases, make::*};

cases!(unknown_ids, the_whole_record);

async fn unknown_ids(database: Arc<dyn Database>) {
    let storage = database.open().await;
    assert!(storage.look(JobId::new()).await.expect("read").is_none());
    assert!(storage.get(JobId::new()).await.expect("read").is_none());
}

async fn the_whole_record(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["whole"]).await;
    let mut wanted = job(kinds[0]);
    wanted.tags = vec!["t".into()];
    wanted.priority = 4;
    let id = insert(&*storage, vec![wanted.clone()], 3).await[0];
    let waiting = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(
        (waiting.state, waiting.finished_at, waiting.attempts.len()),
        (State::Ready, None, 0)
    );
    let claimed = claim_one(&*storage, worker(), 5).await;
    let running = storage.get(id).await.expect("read").expect("a row");
    assert_eq!(running.state, State::Running);
    assert_eq!(
        (running.attempts[0].number, running.attempts[0].ended_at),
        (1, None)
    );
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 6).await;
    let ended = storage.get(id).await.expect("read").expect("a record");
    for row in [waiting, running, ended] {
        assert_eq!(
            (row.id, row.name.as_str(), row.queue.as_str()),
            (id, "whole", QUEUE)
        );
        assert_eq!((row.priority, &row.args), (4, &wanted.args));
        assert_eq!(
            (row.enqueued_at, row.run_at, row.tags),
            (at(3), at(3), vec!["t".to_owned()])
        );
    }
}
