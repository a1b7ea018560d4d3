//! Pages and counts.

use std::{borrow::Cow, sync::Arc};

use jobs::{
    JobId, State,
    storage::{Next, RunAt, Storage, inspect::JobFilter},
};
use jobs_tests::{Database, cases, make::*};

use super::NASTY;

cases!(
    pages_cover_all_once_newest_first,
    a_short_look_says_where_it_stopped,
    each_state_is_found,
    names_queues_tags_and_times,
    hostile_texts_are_found_and_are_no_wildcards,
    errors_are_found,
    counts_by_state_and_queue,
);

fn of(states: &[State]) -> JobFilter {
    JobFilter {
        states: states.to_vec(),
        ..JobFilter::default()
    }
}

async fn all(storage: &dyn Storage, filter: &JobFilter, limit: u32, scan: u32) -> Vec<JobId> {
    let (mut found, mut from) = (Vec::new(), None);
    for _ in 0..1_000 {
        let page = storage.list_jobs(filter.clone(), from, limit, scan);
        let page = page.await.expect("a page");
        assert!(page.rows.len() <= limit as usize);
        found.extend(page.rows.iter().map(|row| row.id));
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
    panic!("the pages do not end");
}

/// Jobs of which some have ended, some wait, some run.
async fn mixed(storage: &dyn Storage) -> Vec<JobId> {
    let kinds = declare(storage, &["plain"]).await;
    let ids = insert(storage, (0..20).map(|_| job(kinds[0])).collect(), 0).await;
    let worker = registered(storage, 0).await;
    let claimed = claim(storage, worker, 12, 1).await;
    let ends = [
        State::Succeeded,
        State::Discarded,
        State::Dead,
        State::Cancelled,
    ];
    for (at, job) in claimed.iter().take(10).enumerate() {
        let next = match ends.get(at % 5) {
            Some(state) => Next::End(end(*state)),
            None => retry(1_000),
        };
        ack(storage, job, next, 2).await;
    }
    ids
}

async fn pages_cover_all_once_newest_first(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let mut expected = mixed(&*storage).await;
    expected.sort_by(|one, other| other.cmp(one));
    for limit in [1, 3, 7, 20, 100] {
        let found = all(&*storage, &JobFilter::default(), limit, 1_000).await;
        assert_eq!(found, expected, "pages of {limit}");
    }
}

async fn a_short_look_says_where_it_stopped(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let mut expected = mixed(&*storage).await;
    expected.sort_by(|one, other| other.cmp(one));
    assert_eq!(all(&*storage, &JobFilter::default(), 50, 3).await, expected);
    let dead = all(&*storage, &of(&[State::Dead]), 50, 1).await;
    assert_eq!(dead.len(), 2);
    let both = all(&*storage, &of(&[State::Dead, State::Cancelled]), 50, 2).await;
    assert_eq!(both.len(), 4);
}

async fn each_state_is_found(database: Arc<dyn Database>) {
    let storage = database.open().await;
    mixed(&*storage).await;
    for (state, count) in [
        (State::Succeeded, 2),
        (State::Discarded, 2),
        (State::Dead, 2),
        (State::Cancelled, 2),
        (State::Scheduled, 2),
        (State::Running, 2),
        (State::Ready, 8),
        (State::Blocked, 0),
        (State::Parked, 0),
    ] {
        let page = storage.list_jobs(of(&[state]), None, 50, 1_000).await;
        let page = page.expect("a page");
        assert_eq!(page.rows.len(), count, "{state}");
        assert!(page.rows.iter().all(|row| row.state == state), "{state}");
        assert_eq!(page.next, None, "{state}");
    }
    let two = storage.list_jobs(of(&[State::Running, State::Dead]), None, 50, 1_000);
    assert_eq!(two.await.expect("a page").rows.len(), 4);
}

async fn names_queues_tags_and_times(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["one", "two"]).await;
    let mut first = job(kinds[0]);
    first.tags = vec!["a".into(), "x\"a".into()];
    let mut second = job(kinds[1]);
    second.queue = Cow::Borrowed("other");
    second.tags = vec!["x\"a".into()];
    second.run_at = RunAt::At(at(500));
    let one = insert(&*storage, vec![first], 0).await[0];
    let two = insert(&*storage, vec![second], 100).await[0];
    let find = async |filter: JobFilter| all(&*storage, &filter, 10, 100).await;
    let base = JobFilter::default;
    assert_eq!(
        find(JobFilter {
            kinds: Some(vec![kinds[1]]),
            ..base()
        })
        .await,
        [two]
    );
    assert!(
        find(JobFilter {
            kinds: Some(Vec::new()),
            ..base()
        })
        .await
        .is_empty()
    );
    assert_eq!(
        find(JobFilter {
            queue: Some("other".into()),
            ..base()
        })
        .await,
        [two]
    );
    // The tag `a` stands in the JSON of the tag `x"a`, and is another.
    assert_eq!(
        find(JobFilter {
            tag: Some("a".into()),
            ..base()
        })
        .await,
        [one]
    );
    assert_eq!(
        find(JobFilter {
            tag: Some("x\"a".into()),
            ..base()
        })
        .await,
        [two, one]
    );
    assert_eq!(
        find(JobFilter {
            since: Some(at(50)),
            ..base()
        })
        .await,
        [two]
    );
    assert_eq!(
        find(JobFilter {
            until: Some(at(50)),
            ..base()
        })
        .await,
        [one]
    );
}

async fn hostile_texts_are_found_and_are_no_wildcards(database: Arc<dyn Database>) {
    let storage = database.open().await;
    for (at, text) in NASTY.iter().enumerate() {
        let kinds = declare(&*storage, &[text]).await;
        let mut job = job(kinds[0]);
        job.args = serde_json::json!({ "text": format!("before {text} behind") }).to_string();
        job.queue = Cow::Owned((*text).to_owned());
        job.tags = vec![Cow::Owned((*text).to_owned())];
        let id = insert(&*storage, vec![job], i64::try_from(at).expect("few")).await[0];
        for filter in [
            JobFilter {
                args: Some((*text).to_owned()),
                ..JobFilter::default()
            },
            JobFilter {
                queue: Some((*text).to_owned()),
                ..JobFilter::default()
            },
            JobFilter {
                tag: Some((*text).to_owned()),
                ..JobFilter::default()
            },
            JobFilter {
                args: Some(text.to_ascii_uppercase()),
                ..JobFilter::default()
            },
        ] {
            assert_eq!(all(&*storage, &filter, 10, 100).await, [id], "{filter:?}");
        }
    }
    for text in ["before%behind", "b_fore", ".*", "a\0b", "\u{1b}[32m"] {
        for filter in [
            JobFilter {
                args: Some(text.to_owned()),
                ..JobFilter::default()
            },
            JobFilter {
                error: Some(text.to_owned()),
                ..JobFilter::default()
            },
            JobFilter {
                tag: Some(text.to_owned()),
                ..JobFilter::default()
            },
        ] {
            assert!(
                all(&*storage, &filter, 10, 100).await.is_empty(),
                "{filter:?}"
            );
        }
    }
}

async fn errors_are_found(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["plain"]).await;
    let ids = insert(&*storage, vec![job(kinds[0]), job(kinds[0])], 0).await;
    let worker = registered(&*storage, 0).await;
    let claimed = claim(&*storage, worker, 2, 0).await;
    let mut dead = end(State::Dead);
    dead.error = Some(error("the \"server\" Said \\ no: 🦀"));
    ack(&*storage, &claimed[0], Next::End(dead), 1).await;
    ack(&*storage, &claimed[1], retry(60), 1).await;
    let find = async |text: &str| {
        let filter = JobFilter {
            error: Some(text.to_owned()),
            ..JobFilter::default()
        };
        all(&*storage, &filter, 10, 100).await
    };
    assert_eq!(find("the \"SERVER\" said \\ no: 🦀").await, [ids[0]]);
    assert_eq!(find("again").await, [ids[1]]);
    assert!(find("other").await.is_empty());
}

async fn counts_by_state_and_queue(database: Arc<dyn Database>) {
    let storage = database.open().await;
    mixed(&*storage).await;
    let count = async |at_most, state| {
        let tallies = storage.tallies(at_most).await.expect("counted");
        let of = tallies.iter().filter(|tally| tally.state == state);
        of.fold((0, false), |(sum, more), tally| {
            if !state.is_final() {
                assert_eq!(tally.queue.as_deref(), Some(QUEUE));
            }
            (sum + tally.count, more | tally.more)
        })
    };
    assert_eq!(count(100, State::Ready).await, (8, false));
    assert_eq!(count(100, State::Running).await, (2, false));
    assert_eq!(count(100, State::Scheduled).await, (2, false));
    assert_eq!(count(100, State::Succeeded).await, (2, false));
    assert_eq!(count(100, State::Dead).await, (2, false));
    assert_eq!(count(1, State::Dead).await, (1, true));
    assert_eq!(count(1, State::Scheduled).await, (1, true));
}
