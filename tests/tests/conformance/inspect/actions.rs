//! What is done by hand.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{
        Held, Keys, Next, RunAt, UniqueKey,
        inspect::{Ask, AuditNote},
    },
};
use jobs_tests::{Database, cases, make::*};

use super::NASTY;

cases!(
    scheduled_jobs_run_now,
    waiting_jobs_end_and_give_back_their_keys,
    arguments_are_edited_where_nothing_runs,
    only_ended_jobs_are_forgotten,
    a_worker_sees_what_it_is_asked,
    who_paused_a_queue_is_kept,
    kinds_say_what_they_redact,
    standing_and_place,
);

async fn scheduled_jobs_run_now(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let mut late = job(kinds[0]);
    late.run_at = RunAt::At(at(1_000));
    let ids = insert(&*storage, vec![late, job(kinds[0])], 0).await;
    let moved = storage.run_now(ids.clone(), now(5)).await.expect("run");
    assert_eq!(moved, [ids[0]]);
    assert_eq!(state(&*storage, ids[0]).await, Some(State::Ready));
    let row = storage.get(ids[0]).await.expect("read").expect("a row");
    assert_eq!(row.run_at, at(5));
    let again = storage.run_now(ids, now(6)).await.expect("run");
    assert!(again.is_empty());
    assert!(
        storage
            .run_now(vec![JobId::new()], now(6))
            .await
            .expect("run")
            .is_empty()
    );
}

async fn waiting_jobs_end_and_give_back_their_keys(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let keyed = || {
        let mut keyed = job(kinds[0]);
        keyed.keys = Some(Box::new(Keys {
            unique: Some(UniqueKey {
                key: "1key".into(),
                until: Held::Ended,
                ttl: None,
                on_conflict: jobs::storage::OnConflict::Reject,
            }),
            ..Keys::default()
        }));
        keyed
    };
    let first = insert(&*storage, vec![keyed()], 0).await[0];
    let running = insert(&*storage, vec![job(kinds[0])], 1).await[0];
    let worker = registered(&*storage, 0).await;
    let mut late = job(kinds[0]);
    late.run_at = RunAt::At(at(1_000));
    let late = insert(&*storage, vec![late], 0).await[0];
    let claimed = claim(&*storage, worker, 2, 2).await;
    assert_eq!(ids(&claimed), [first, running]);
    ack(&*storage, &claimed[0], Next::PutBack, 3).await;
    let reason = NASTY.join(" ");
    let ended = storage
        .end_waiting(
            vec![first, running, late, JobId::new()],
            State::Discarded,
            reason.clone(),
            DAY,
            now(4),
        )
        .await;
    let mut ended = ended.expect("ended");
    ended.sort_unstable();
    let mut expected = vec![first, late];
    expected.sort_unstable();
    assert_eq!(ended, expected);
    let look = storage
        .look(first)
        .await
        .expect("looked")
        .expect("a record");
    assert_eq!((look.state, look.reason), (State::Discarded, Some(reason)));
    assert_eq!(state(&*storage, running).await, Some(State::Running));
    // Its key is free.
    insert(&*storage, vec![keyed()], 5).await;
}

async fn arguments_are_edited_where_nothing_runs(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let jobs = insert(&*storage, vec![job(kinds[0]), job(kinds[0])], 0).await;
    let worker = registered(&*storage, 0).await;
    let new = serde_json::json!({ "n": 2, "text": NASTY }).to_string();
    assert!(
        storage
            .edit_args(jobs[1], new.clone())
            .await
            .expect("edited")
    );
    let claimed = claim(&*storage, worker, 2, 1).await;
    let meaning = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(meaning(&claimed[1].args), meaning(&new));
    assert!(
        !storage
            .edit_args(jobs[0], new.clone())
            .await
            .expect("edited")
    );
    ack(&*storage, &claimed[0], Next::End(end(State::Dead)), 2).await;
    ack(&*storage, &claimed[1], Next::End(end(State::Succeeded)), 2).await;
    assert!(
        storage
            .edit_args(jobs[0], new.clone())
            .await
            .expect("edited")
    );
    assert!(
        !storage
            .edit_args(jobs[1], new.clone())
            .await
            .expect("edited")
    );
    let row = storage.get(jobs[0]).await.expect("read").expect("a row");
    assert_eq!(meaning(&row.args), meaning(&new));
    assert!(!storage.edit_args(JobId::new(), new).await.expect("edited"));
}

async fn only_ended_jobs_are_forgotten(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let jobs = insert(&*storage, vec![job(kinds[0]), job(kinds[0])], 0).await;
    let worker = registered(&*storage, 0).await;
    let claimed = claim_one(&*storage, worker, 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Dead)), 2).await;
    let gone = storage.forget(jobs.clone()).await.expect("forgotten");
    assert_eq!(gone, [jobs[0]]);
    assert_eq!(state(&*storage, jobs[0]).await, None);
    assert_eq!(state(&*storage, jobs[1]).await, Some(State::Ready));
    assert!(
        storage
            .letter_heads(None, 10)
            .await
            .expect("read")
            .is_empty()
    );
    let letters = storage
        .letters(jobs::storage::LetterFilter::default(), 0, 10)
        .await;
    assert!(letters.expect("read").is_empty());
}

async fn a_worker_sees_what_it_is_asked(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let worker = registered(&*storage, 0).await;
    let asked = async || storage.renew(worker, now(1)).await.expect("renewed").asked;
    assert_eq!(asked().await, None);
    assert!(
        storage
            .ask_worker(worker, Some(Ask::Quiet))
            .await
            .expect("asked")
    );
    assert_eq!(asked().await, Some(Ask::Quiet));
    let rows = storage.worker_rows(10, now(2)).await.expect("read");
    assert_eq!(
        (rows.len(), rows[0].id, rows[0].asked),
        (1, worker, Some(Ask::Quiet))
    );
    assert_eq!(
        (&*rows[0].host, rows[0].silent, rows[0].stopped_at),
        ("test", false, None)
    );
    assert!(
        storage
            .ask_worker(worker, Some(Ask::Stop))
            .await
            .expect("asked")
    );
    assert_eq!(asked().await, Some(Ask::Stop));
    assert!(storage.ask_worker(worker, None).await.expect("asked"));
    assert_eq!(asked().await, None);
    storage.deregister(worker, now(3)).await.expect("gone");
    assert!(
        !storage
            .ask_worker(worker, Some(Ask::Stop))
            .await
            .expect("asked")
    );
    let rows = storage.worker_rows(10, now(4)).await.expect("read");
    assert_eq!(rows[0].stopped_at, Some(at(3)));
    assert!(
        !storage
            .ask_worker(jobs_tests::make::worker(), None)
            .await
            .expect("asked")
    );
}

async fn who_paused_a_queue_is_kept(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for text in NASTY {
        let by = Some(format!("cli:{text}"));
        storage
            .set_paused((*text).to_owned(), true, by.clone())
            .await
            .expect("paused");
        // It stays with the first.
        storage
            .set_paused((*text).to_owned(), true, Some("other".into()))
            .await
            .expect("paused");
        let rows = storage.queue_rows().await.expect("read");
        let row = rows.iter().find(|row| row.name == *text).expect("a row");
        assert!(row.paused && row.paused_at.is_some());
        assert_eq!(row.paused_by, by);
        storage
            .set_paused((*text).to_owned(), false, None)
            .await
            .expect("resumed");
        let rows = storage.queue_rows().await.expect("read");
        let row = rows.iter().find(|row| row.name == *text).expect("a row");
        assert_eq!(
            (row.paused, &row.paused_by, row.paused_at),
            (false, &None, None)
        );
    }
}

async fn kinds_say_what_they_redact(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for redact in [
        Vec::new(),
        NASTY.iter().map(|text| (*text).to_owned()).collect(),
    ] {
        let mut kind = kind("secret");
        kind.redact.clone_from(&redact);
        kind.tags = vec!["t".into()];
        let declarations = jobs::storage::Declarations {
            kinds: vec![kind],
            queues: Vec::new(),
        };
        let id = storage.declare(declarations).await.expect("declared")[0];
        let rows = storage.kinds().await.expect("read");
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].id, &*rows[0].name, &rows[0].redact),
            (id, "secret", &redact)
        );
        assert_eq!(
            (&*rows[0].queue, rows[0].version, &*rows[0].tags),
            (QUEUE, 1, &["t".to_owned()][..])
        );
    }
}

async fn standing_and_place(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let mut urgent = job(kinds[0]);
    urgent.priority = -1;
    let jobs = insert(&*storage, vec![job(kinds[0]), job(kinds[0]), urgent], 0).await;
    let before = async |id, at_most| storage.count_before(id, at_most).await.expect("counted");
    assert_eq!(before(jobs[2], 10).await, 0);
    assert_eq!(before(jobs[0], 10).await, 1);
    assert_eq!(before(jobs[1], 10).await, 2);
    assert_eq!(before(jobs[1], 1).await, 1);
    assert_eq!(before(JobId::new(), 1).await, 0);
    let standing = storage
        .standing(jobs[0])
        .await
        .expect("read")
        .expect("a row");
    assert_eq!(
        (standing.kind, standing.version, standing.worker),
        (kinds[0], 1, None)
    );
    assert!(
        storage
            .standing(JobId::new())
            .await
            .expect("read")
            .is_none()
    );
    let keys = vec!["nobody".to_owned(), NASTY[0].to_owned()];
    let rows = storage.key_rows(keys.clone(), 5).await.expect("read");
    let found: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
    assert_eq!(found, keys);
    assert!(
        rows.iter()
            .all(|row| row.used == 0 && row.holders.is_empty())
    );
    let note = AuditNote {
        actor: String::new(),
        action: "a".into(),
        subject: String::new(),
        detail: String::new(),
    };
    storage.note_audit(note, now(1)).await.expect("noted");
}
