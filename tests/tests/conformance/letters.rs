//! `letters` and `resolve`.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{Ack, End, LetterFilter, Next, Resolve, Resolved, Storage},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    newest_first_by_pages,
    filters,
    retried,
    discarded,
    resolved_once,
    dying_twice
);

/// A job of the kind in the queue that dies at a time.
async fn dead(
    storage: &dyn Storage,
    kind: &str,
    queue: &str,
    message: &str,
    seconds: i64,
) -> JobId {
    let kinds = declare(storage, &[kind]).await;
    let mut wanted = job(kinds[0]);
    wanted.queue = queue.to_owned().into();
    let id = insert(storage, vec![wanted], seconds).await[0];
    let claimed = storage
        .claim(take(worker(), queue, 1), now(seconds))
        .await
        .expect("claimed");
    let how = End {
        error: Some(error(message)),
        ..end(State::Dead)
    };
    assert_eq!(
        ack(storage, &claimed[0], Next::End(how), seconds).await,
        Ack::Done
    );
    id
}

async fn newest_first_by_pages(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let mut all = Vec::new();
    for n in 0..5 {
        all.push(dead(&*storage, "a", "q", &format!("no {n}"), n).await);
    }
    all.reverse();
    let mut got = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = storage
            .letters(LetterFilter::default(), offset, 2)
            .await
            .expect("listed");
        got.extend(page.iter().map(|letter| letter.row.id));
    }
    assert_eq!(got, all);
    let letter = &storage
        .letters(LetterFilter::default(), 0, 1)
        .await
        .expect("listed")[0];
    assert_eq!((letter.died_at, letter.resolved_at), (at(4), None));
    assert_eq!(letter.error, error("no 4"));
    assert_eq!(
        (
            letter.row.state,
            letter.row.name.as_str(),
            letter.row.attempts.len()
        ),
        (State::Dead, "a", 1)
    );
}

async fn filters(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let a = dead(&*storage, "a", "q", "100% of ÜBER_much", 1).await;
    let b = dead(&*storage, "b", "q", "plain", 2).await;
    let c = dead(&*storage, "c", "r", "it's \"quoted\"", 3).await;
    let newest = number(&*storage).await;
    let none = LetterFilter::default;
    let text = |text: &str| LetterFilter {
        text: Some(text.to_owned()),
        ..none()
    };
    let names = |names: &[&str]| LetterFilter {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..none()
    };
    for (filter, expected) in [
        (none(), vec![c, b, a]),
        (names(&["a", "c", "unknown"]), vec![c, a]),
        (names(&["unknown"]), vec![]),
        (
            LetterFilter {
                queue: Some("q".to_owned()),
                ..none()
            },
            vec![b, a],
        ),
        (
            LetterFilter {
                since: Some(at(2)),
                ..none()
            },
            vec![c, b],
        ),
        (
            LetterFilter {
                job: Some(b),
                ..none()
            },
            vec![b],
        ),
        (
            LetterFilter {
                below: Some(newest),
                ..none()
            },
            vec![b, a],
        ),
        (text("PLAIN"), vec![b]),
        (text("über_M"), vec![a]),
        (text("0%"), vec![a]),
        (text("%"), vec![a]),
        (text("_"), vec![a]),
        (text("'s \"Q"), vec![c]),
        (text("a deeper CAUSE"), vec![c, b, a]),
        (text("nowhere"), vec![]),
    ] {
        let letters = storage.letters(filter.clone(), 0, 9).await.expect("listed");
        let got: Vec<_> = letters.iter().map(|letter| letter.row.id).collect();
        assert_eq!(got, expected, "{filter:?}");
    }
}

async fn number(storage: &dyn Storage) -> i64 {
    storage
        .letters(LetterFilter::default(), 0, 1)
        .await
        .expect("listed")[0]
        .number
}

fn open() -> LetterFilter {
    LetterFilter {
        unresolved: true,
        ..LetterFilter::default()
    }
}

async fn retried(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = dead(&*storage, "a", "q", "no", 5).await;
    let number = number(&*storage).await;
    let answers = storage
        .resolve(vec![number, 999], Resolve::Retry, now(50))
        .await
        .expect("resolved");
    assert_eq!(answers, [Resolved::Now, Resolved::Before]);
    assert_eq!(state(&*storage, id).await, Some(State::Ready));
    assert!(
        storage
            .letters(open(), 0, 9)
            .await
            .expect("listed")
            .is_empty()
    );
    let letter = storage
        .letters(LetterFilter::default(), 0, 9)
        .await
        .expect("listed")
        .remove(0);
    assert_eq!(
        (letter.resolved_at, letter.row.state),
        (Some(at(50)), State::Ready)
    );
    let again = storage
        .claim(take(worker(), "q", 1), now(51))
        .await
        .expect("claimed")
        .remove(0);
    assert_eq!(
        (again.claim.id, again.attempt, again.runs, again.crashes),
        (id, 0, 1, 0)
    );
    assert_eq!(
        (again.counters.as_deref(), again.run_at, again.enqueued_at),
        (None, at(50), at(5))
    );
    let row = storage.get(id).await.expect("read").expect("a row");
    let numbers: Vec<_> = row
        .attempts
        .iter()
        .map(|a| (a.number, a.error.is_some()))
        .collect();
    assert_eq!(numbers, [(1, true), (2, false)], "its history is kept");
    assert_eq!(
        ack(&*storage, &again, Next::End(end(State::Succeeded)), 52).await,
        Ack::Done
    );
    assert_eq!(state(&*storage, id).await, Some(State::Succeeded));
}

async fn discarded(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = dead(&*storage, "a", "q", "no", 5).await;
    let number = number(&*storage).await;
    let answers = storage
        .resolve(vec![number], Resolve::Discard, now(50))
        .await
        .expect("resolved");
    assert_eq!(answers, [Resolved::Now]);
    assert_eq!(state(&*storage, id).await, Some(State::Discarded));
    let answers = storage
        .resolve(vec![number], Resolve::Retry, now(51))
        .await
        .expect("resolved");
    assert_eq!(answers, [Resolved::Before]);
    assert_eq!(state(&*storage, id).await, Some(State::Discarded));
    assert!(
        storage
            .letters(open(), 0, 9)
            .await
            .expect("listed")
            .is_empty()
    );
}

async fn resolved_once(database: Arc<dyn Database>) {
    let (left, right) = (database.open().await, database.open().await);
    dead(&*left, "a", "q", "no", 5).await;
    let number = number(&*left).await;
    let tasks: Vec<_> = [left.clone(), right]
        .into_iter()
        .map(|storage| {
            tokio::spawn(async move { storage.resolve(vec![number], Resolve::Retry, now(6)).await })
        })
        .collect();
    let mut wins = 0;
    for task in tasks {
        wins += usize::from(task.await.expect("no panic").expect("resolved")[0] == Resolved::Now);
    }
    assert_eq!(wins, 1);
    assert_eq!(
        left.claim(take(worker(), "q", 9), now(7))
            .await
            .expect("claimed")
            .len(),
        1
    );
}

async fn dying_twice(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let id = dead(&*storage, "a", "q", "first", 5).await;
    let first = number(&*storage).await;
    storage
        .resolve(vec![first], Resolve::Retry, now(6))
        .await
        .expect("resolved");
    let claimed = storage
        .claim(take(worker(), "q", 1), now(7))
        .await
        .expect("claimed")
        .remove(0);
    let how = End {
        error: Some(error("second")),
        ..end(State::Dead)
    };
    ack(&*storage, &claimed, Next::End(how), 8).await;
    let letters = storage
        .letters(LetterFilter::default(), 0, 9)
        .await
        .expect("listed");
    let got: Vec<_> = letters
        .iter()
        .map(|l| (l.row.id, l.error.message().to_owned(), l.resolved_at))
        .collect();
    assert_eq!(
        got,
        [
            (id, "second".to_owned(), None),
            (id, "first".to_owned(), Some(at(6)))
        ]
    );
    let answers = storage
        .resolve(vec![first], Resolve::Discard, now(9))
        .await
        .expect("resolved");
    assert_eq!(answers, [Resolved::Before]);
    assert_eq!(state(&*storage, id).await, Some(State::Dead));
    assert_eq!(
        storage
            .look(id)
            .await
            .expect("read")
            .expect("a record")
            .error,
        Some(error("second"))
    );
}
