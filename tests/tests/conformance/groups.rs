//! Groups: counts, releases, turning points, all in the transactions that end members.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{
        Ack, Callbacks, Claimed, Counts, Group, GroupId, GroupKind, Inserted, KindId, LetterFilter,
        Member, NewJob, NewWork, Next, Passed, Resolve, Storage, StoredJob,
    },
};
use jobs_tests::{Database, cases, make::*};

cases!(
    a_link_waits_and_is_released_with_the_output,
    outputs_are_listed_in_order,
    later_links_end_with_a_cancelled_one,
    counts_follow_every_end,
    a_stale_end_counts_nothing,
    a_repeated_end_counts_once,
    callbacks_are_enqueued_in_the_transaction_of_the_end,
    a_retried_death_is_open_again,
    a_cancelled_batch_takes_no_more,
    waiting_links_are_never_claimed,
    groups_go_after_a_week,
);

fn group(kind: GroupKind, parent: Option<GroupId>, place: i32) -> Group {
    Group {
        id: GroupId::new(),
        kind,
        parent: parent.map(|parent| parent.0),
        place,
        name: None,
        listed: false,
        counts: Counts::default(),
        counted: None,
        passed: Passed::default(),
        callbacks: Callbacks::default(),
    }
}

fn link(
    kind: KindId,
    stage: GroupId,
    place: i32,
    input: Option<&'static str>,
    waits: bool,
) -> NewJob {
    NewJob {
        member: Some(Box::new(Member {
            group: stage,
            place: Some(place),
            input,
            waits,
        })),
        ..job(kind)
    }
}

/// A chain of stages with so many jobs each; the jobs of later ones take the input `before`.
async fn chain(storage: &dyn Storage, stages: &[usize]) -> (Vec<GroupId>, Vec<Vec<JobId>>) {
    let kind = declare(storage, &["link"]).await[0];
    let root = group(GroupKind::Chain, None, 0);
    let mut work = NewWork::default();
    let (mut groups, mut ids) = (vec![root.id], Vec::new());
    for (at, size) in stages.iter().enumerate() {
        let place = i32::try_from(at).expect("few");
        let mut stage = group(GroupKind::Stage, Some(root.id), place);
        stage.listed = *size != 1;
        let jobs: Vec<_> = (0..*size)
            .map(|n| {
                let input = (at > 0).then_some("before");
                link(
                    kind,
                    stage.id,
                    i32::try_from(n).expect("few"),
                    input,
                    at > 0,
                )
            })
            .collect();
        ids.push(jobs.iter().map(|job| job.id).collect());
        work.jobs.extend(jobs);
        groups.push(stage.id);
        work.groups.push(stage);
    }
    work.groups.insert(0, root);
    let wanted = vec![Inserted::New; work.jobs.len()];
    assert_eq!(
        storage.insert_work(work, now(0)).await.expect("stored"),
        wanted
    );
    (groups, ids)
}

fn batch_of(kind: KindId, size: usize) -> (Group, Vec<NewJob>) {
    let mut batch = group(GroupKind::Batch, None, 0);
    batch.callbacks = Callbacks {
        success: Some(StoredJob::from(named(kind, "success"))),
        death: Some(StoredJob::from(named(kind, "death"))),
        complete: Some(StoredJob::from(named(kind, "complete"))),
    };
    let jobs = (0..size).map(|_| member(kind, batch.id)).collect();
    (batch, jobs)
}

fn named(kind: KindId, queue: &'static str) -> NewJob {
    NewJob {
        queue: queue.into(),
        ..job(kind)
    }
}

fn member(kind: KindId, batch: GroupId) -> NewJob {
    NewJob {
        member: Some(Box::new(Member {
            group: batch,
            place: None,
            input: None,
            waits: false,
        })),
        ..job(kind)
    }
}

async fn batch(storage: &dyn Storage, size: usize) -> (GroupId, Vec<JobId>, KindId) {
    let kind = declare(storage, &["member"]).await[0];
    let (batch, jobs) = batch_of(kind, size);
    let (id, ids) = (batch.id, jobs.iter().map(|job| job.id).collect());
    let work = NewWork {
        groups: vec![batch],
        jobs,
        grows: None,
    };
    storage.insert_work(work, now(0)).await.expect("stored");
    (id, ids, kind)
}

async fn counts(storage: &dyn Storage, id: GroupId) -> Counts {
    storage
        .group(id)
        .await
        .expect("read")
        .expect("there")
        .group
        .counts
}

async fn ready(storage: &dyn Storage, queue: &str) -> u64 {
    storage
        .count_ready(queue.to_owned(), 100)
        .await
        .expect("counted")
}

fn with_output(output: &str) -> Next {
    Next::End(jobs::storage::End {
        output: Some(output.to_owned()),
        ..end(State::Succeeded)
    })
}

async fn finish_all(storage: &dyn Storage, claimed: Vec<Claimed>, to: impl Fn(usize) -> Next) {
    let done: Vec<_> = claimed
        .iter()
        .enumerate()
        .map(|(n, job)| finish(job, to(n)))
        .collect();
    for ack in storage.finish(done, now(2)).await.expect("finished") {
        assert_eq!(ack, Ack::Done);
    }
}

async fn a_link_waits_and_is_released_with_the_output(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (_, ids) = chain(&*storage, &[1, 1]).await;
    let claimed = claim(&*storage, worker(), 9, 1).await;
    assert_eq!(claimed.len(), 1, "the second one waits");
    assert!(claimed[0].claim.grouped);
    assert_eq!(
        ack(&*storage, &claimed[0], with_output(r#"{"a":[1]}"#), 2).await,
        Ack::Done
    );
    let next = claim_one(&*storage, worker(), 3).await;
    assert_eq!(next.claim.id, ids[1][0]);
    let args: serde_json::Value = serde_json::from_str(&next.args).expect("JSON");
    assert_eq!(args, serde_json::json!({ "before": { "a": [1] }, "n": 1 }));
    assert_eq!(next.run_at, now(2).expect("a time"), "its turn came then");
}

async fn outputs_are_listed_in_order(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (groups, ids) = chain(&*storage, &[3, 1]).await;
    let claimed = claim(&*storage, worker(), 9, 1).await;
    assert_eq!(claimed.len(), 3);
    for job in claimed.into_iter().rev() {
        let at = ids[0]
            .iter()
            .position(|id| *id == job.claim.id)
            .expect("of it");
        finish_all(&*storage, vec![job], |_| with_output(&at.to_string())).await;
    }
    let next = claim_one(&*storage, worker(), 3).await;
    let args: serde_json::Value = serde_json::from_str(&next.args).expect("JSON");
    assert_eq!(args["before"], serde_json::json!([0, 1, 2]));
    let root = counts(&*storage, groups[0]).await;
    assert_eq!((root.total, root.open, root.succeeded), (2, 1, 1));
}

async fn later_links_end_with_a_cancelled_one(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (groups, ids) = chain(&*storage, &[1, 2, 1]).await;
    let done = storage
        .cancel(ids[0][0], Some(DAY), now(1))
        .await
        .expect("cancelled");
    assert_eq!(done, jobs::storage::Cancelled::Ended);
    for id in ids.iter().flatten() {
        let look = storage.look(*id).await.expect("looked").expect("kept");
        assert_eq!(look.state, State::Cancelled);
    }
    let root = counts(&*storage, groups[0]).await;
    assert_eq!((root.open, root.cancelled), (0, 3));
}

async fn counts_follow_every_end(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (id, _, _) = batch(&*storage, 9).await;
    let claimed = claim(&*storage, worker(), 9, 1).await;
    let ends = [
        State::Succeeded,
        State::Dead,
        State::Discarded,
        State::Cancelled,
    ];
    finish_all(&*storage, claimed, |n| Next::End(end(ends[n % 4]))).await;
    let is = counts(&*storage, id).await;
    assert_eq!((is.total, is.open), (9, 0));
    assert_eq!(
        (is.succeeded, is.dead, is.discarded, is.cancelled),
        (3, 2, 2, 2)
    );
}

async fn a_stale_end_counts_nothing(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (id, _, _) = batch(&*storage, 1).await;
    let mut claimed = claim_one(&*storage, worker(), 1).await;
    claimed.claim.fence += 1;
    let stale = ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 2).await;
    assert_eq!(stale, Ack::Stale);
    assert_eq!(counts(&*storage, id).await.open, 1);
}

async fn a_repeated_end_counts_once(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (id, _, _) = batch(&*storage, 2).await;
    let claimed = claim(&*storage, worker(), 1, 1).await;
    for _ in 0..3 {
        let again = ack(&*storage, &claimed[0], Next::End(end(State::Succeeded)), 2).await;
        assert_eq!(again, Ack::Done);
    }
    let is = counts(&*storage, id).await;
    assert_eq!((is.open, is.succeeded), (1, 1));
}

async fn callbacks_are_enqueued_in_the_transaction_of_the_end(database: Arc<dyn Database>) {
    let storage = database.open().await;
    batch(&*storage, 2).await;
    let claimed = claim(&*storage, worker(), 2, 1).await;
    let mut claimed = claimed.into_iter();
    let (first, second) = (claimed.next().expect("two"), claimed.next().expect("two"));
    ack(&*storage, &first, Next::End(end(State::Dead)), 2).await;
    assert_eq!(ready(&*storage, "death").await, 1);
    assert_eq!(ready(&*storage, "complete").await, 0);
    ack(&*storage, &second, Next::End(end(State::Dead)), 2).await;
    for (queue, times) in [("death", 1), ("complete", 1), ("success", 0)] {
        assert_eq!(ready(&*storage, queue).await, times, "{queue}");
    }
}

async fn a_retried_death_is_open_again(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (id, _, _) = batch(&*storage, 1).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Dead)), 2).await;
    let letters = storage
        .letters(LetterFilter::default(), 0, 9)
        .await
        .expect("listed");
    storage
        .resolve(vec![letters[0].number], Resolve::Retry, now(3))
        .await
        .expect("retried");
    let is = counts(&*storage, id).await;
    assert_eq!((is.open, is.dead), (1, 0));
    let claimed = claim_one(&*storage, worker(), 4).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 5).await;
    for (queue, times) in [("death", 1), ("complete", 1), ("success", 1)] {
        assert_eq!(ready(&*storage, queue).await, times, "{queue}");
    }
}

async fn a_cancelled_batch_takes_no_more(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (id, _, kind) = batch(&*storage, 3).await;
    let running = claim_one(&*storage, worker(), 1).await;
    let first = storage
        .cancel_group(id, DAY, 1, now(2))
        .await
        .expect("cancelled")
        .expect("there");
    assert_eq!((first.ended.len(), first.asked), (1, 1));
    let rest = storage
        .cancel_group(id, DAY, 9, now(2))
        .await
        .expect("cancelled")
        .expect("there");
    assert_eq!((rest.ended.len(), rest.asked), (1, 0));
    let more = NewWork {
        jobs: vec![member(kind, id)],
        grows: Some(id),
        ..NewWork::default()
    };
    let refused = storage
        .insert_work(more, now(3))
        .await
        .expect_err("no more");
    assert!(
        matches!(refused, jobs::Error::BatchCancelled { .. }),
        "{refused}"
    );
    ack(&*storage, &running, Next::End(end(State::Succeeded)), 4).await;
    let is = counts(&*storage, id).await;
    assert_eq!(
        (is.total, is.open, is.cancelled, is.succeeded),
        (3, 0, 2, 1)
    );
    assert_eq!(ready(&*storage, "complete").await, 1);
    assert_eq!(ready(&*storage, "success").await, 0);
    let nobody = storage
        .cancel_group(GroupId::new(), DAY, 9, now(5))
        .await
        .expect("looked");
    assert!(nobody.is_none());
}

async fn waiting_links_are_never_claimed(database: Arc<dyn Database>) {
    let storage = database.open().await;
    chain(&*storage, &[1, 1, 1]).await;
    claim_one(&*storage, worker(), 1).await;
    storage.promote(100, now(1_000)).await.expect("promoted");
    let known = storage.kind_names().await.expect("read");
    let known = known.into_iter().map(|(kind, _)| (kind, 9)).collect();
    storage
        .unblock(known, true, now(1_000))
        .await
        .expect("unblocked");
    assert!(claim(&*storage, worker(), 9, 1_000).await.is_empty());
}

async fn groups_go_after_a_week(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let (well, _, _) = batch(&*storage, 1).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Succeeded)), 2).await;
    let (dead, _, _) = batch(&*storage, 1).await;
    let claimed = claim_one(&*storage, worker(), 1).await;
    ack(&*storage, &claimed, Next::End(end(State::Dead)), 2).await;
    let (open, _, _) = batch(&*storage, 1).await;
    for (days, left) in [
        (6, [true, true, true]),
        (8, [false, true, true]),
        (92, [false, false, true]),
    ] {
        storage
            .prune(vec![DAY], 1_000, now(days * 86_400))
            .await
            .expect("pruned");
        for (id, there) in [well, dead, open].into_iter().zip(left) {
            let group = storage.group(id).await.expect("read");
            assert_eq!(group.is_some(), there, "after {days} days");
        }
    }
}
