//! Pages of batches and chains, and of the members of one.

use std::sync::Arc;

use jobs::{
    JobId, State,
    storage::{
        Callbacks, Counts, Group, GroupId, GroupKind, KindId, Member, NewJob, NewWork, Next,
        Passed, Storage,
        inspect::{GroupsIn, JobFilter},
    },
};
use jobs_tests::{Database, cases, make::*};

cases!(
    outermost_groups_are_listed_newest_first,
    groups_by_how_they_stand,
    members_of_a_group_are_found,
    members_of_a_huge_group_are_found,
    of_a_huge_group_the_first_are_shown,
);

fn group(kind: GroupKind, parent: Option<GroupId>) -> Group {
    Group {
        id: GroupId::new(),
        kind,
        parent: parent.map(|parent| parent.0),
        place: 0,
        name: None,
        listed: false,
        counts: Counts::default(),
        counted: None,
        passed: Passed::default(),
        callbacks: Callbacks::default(),
    }
}

fn member(kind: KindId, group: GroupId, place: Option<i32>) -> NewJob {
    NewJob {
        member: Some(Box::new(Member {
            group,
            place,
            input: None,
            waits: false,
        })),
        ..job(kind)
    }
}

/// A batch with so many jobs.
async fn batch(storage: &dyn Storage, kind: KindId, size: usize) -> (GroupId, Vec<JobId>) {
    let batch = group(GroupKind::Batch, None);
    let id = batch.id;
    let jobs: Vec<_> = (0..size).map(|_| member(kind, id, None)).collect();
    let ids = jobs.iter().map(|job| job.id).collect();
    let work = NewWork {
        groups: vec![batch],
        jobs,
        grows: None,
    };
    storage.insert_work(work, now(0)).await.expect("stored");
    (id, ids)
}

/// A chain of one stage of one job, inside `parent`.
async fn chain(storage: &dyn Storage, kind: KindId) -> GroupId {
    let root = group(GroupKind::Chain, None);
    let stage = group(GroupKind::Stage, Some(root.id));
    let id = root.id;
    let work = NewWork {
        jobs: vec![member(kind, stage.id, Some(0))],
        groups: vec![root, stage],
        grows: None,
    };
    storage.insert_work(work, now(0)).await.expect("stored");
    id
}

async fn listed(
    storage: &dyn Storage,
    which: Option<GroupsIn>,
    limit: u32,
    scan: u32,
) -> Vec<GroupId> {
    let (mut found, mut from) = (Vec::new(), None);
    for _ in 0..100 {
        let page = storage.list_groups(which, from, limit, scan);
        let page = page.await.expect("a page");
        assert!(page.rows.len() <= limit as usize);
        found.extend(page.rows.iter().map(|row| row.group.id));
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
    panic!("the pages do not end");
}

async fn outermost_groups_are_listed_newest_first(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kind = declare(&*storage, &["member"]).await[0];
    assert!(listed(&*storage, None, 10, 10).await.is_empty());
    let mut expected = Vec::new();
    for _ in 0..4 {
        expected.push(batch(&*storage, kind, 1).await.0);
        expected.push(chain(&*storage, kind).await);
    }
    let mut inner = group(GroupKind::Batch, Some(expected[0]));
    inner.name = Some("inside of another".to_owned());
    let work = NewWork {
        groups: vec![inner],
        jobs: Vec::new(),
        grows: Some(expected[0]),
    };
    storage.insert_work(work, now(0)).await.expect("stored");
    expected.reverse();
    for (limit, scan) in [(100, 1_000), (3, 1_000), (1, 1_000), (100, 2), (1, 1)] {
        let found = listed(&*storage, None, limit, scan).await;
        assert_eq!(found, expected, "pages of {limit}, looking through {scan}");
    }
}

async fn groups_by_how_they_stand(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kind = declare(&*storage, &["member"]).await[0];
    let worker = registered(&*storage, 0).await;
    let mut ended = Vec::new();
    for state in [State::Succeeded, State::Dead] {
        ended.push(batch(&*storage, kind, 1).await.0);
        let claimed = claim(&*storage, worker, 1, 1).await;
        ack(&*storage, &claimed[0], Next::End(end(state)), 2).await;
    }
    let open = batch(&*storage, kind, 1).await.0;
    for (which, expected) in [
        (None, vec![open, ended[1], ended[0]]),
        (Some(GroupsIn::Open), vec![open]),
        (Some(GroupsIn::Ended), vec![ended[1], ended[0]]),
        (Some(GroupsIn::Dead), vec![ended[1]]),
    ] {
        let found = listed(&*storage, which, 10, 10).await;
        assert_eq!(found, expected, "{which:?}");
    }
}

async fn found(storage: &dyn Storage, group: GroupId, states: &[State]) -> Vec<JobId> {
    let filter = JobFilter {
        group: Some(group),
        states: states.to_vec(),
        ..JobFilter::default()
    };
    let (mut found, mut from) = (Vec::new(), None);
    for _ in 0..100 {
        let page = storage.list_jobs(filter.clone(), from, 10, 10_000);
        let page = page.await.expect("a page");
        found.extend(page.rows.iter().map(|row| row.id));
        from = page.next;
        if from.is_none() {
            return found;
        }
    }
    panic!("the pages do not end");
}

async fn members_of_a_group_are_found(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kind = declare(&*storage, &["member"]).await[0];
    let worker = registered(&*storage, 0).await;
    let (group, mut ids) = batch(&*storage, kind, 25).await;
    let (other, _) = batch(&*storage, kind, 3).await;
    insert(&*storage, vec![job(kind)], 0).await;
    let claimed = claim(&*storage, worker, 13, 1).await;
    for (at, job) in claimed.iter().take(12).enumerate() {
        let state = if at < 2 {
            State::Dead
        } else {
            State::Succeeded
        };
        ack(&*storage, job, Next::End(end(state)), 2).await;
    }
    ids.sort_by(|one, other| other.cmp(one));
    assert_eq!(found(&*storage, group, &[]).await, ids);
    for (state, count) in [
        (State::Dead, 2),
        (State::Succeeded, 10),
        (State::Running, 1),
        (State::Ready, 12),
        (State::Cancelled, 0),
        (State::Blocked, 0),
    ] {
        let found = found(&*storage, group, &[state]).await;
        assert_eq!(found.len(), count, "{state}");
        assert!(found.iter().all(|id| ids.contains(id)), "{state}");
    }
    assert_eq!(found(&*storage, other, &[]).await.len(), 3);
    assert!(found(&*storage, GroupId::new(), &[]).await.is_empty());
}

/// More than are looked at one by one: they are found by looking through all jobs.
async fn members_of_a_huge_group_are_found(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kind = declare(&*storage, &["member"]).await[0];
    let worker = registered(&*storage, 0).await;
    let (group, ids) = batch(&*storage, kind, 20_001).await;
    insert(&*storage, vec![job(kind)], 0).await;
    let claimed = claim(&*storage, worker, 3, 1).await;
    ack(&*storage, &claimed[0], Next::End(end(State::Dead)), 2).await;
    assert_eq!(
        found(&*storage, group, &[State::Dead]).await,
        [claimed[0].claim.id]
    );
    let filter = JobFilter {
        group: Some(group),
        states: vec![State::Ready],
        ..JobFilter::default()
    };
    let page = storage.list_jobs(filter, None, 10, 10_000).await;
    let page = page.expect("a page");
    let newest: Vec<_> = ids.iter().rev().take(10).copied().collect();
    let page: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(page, newest);
}

async fn of_a_huge_group_the_first_are_shown(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kind = declare(&*storage, &["member"]).await[0];
    let (group, ids) = batch(&*storage, kind, 40).await;
    let tree = storage.group_tree(group.0, 7).await.expect("read");
    let tree = tree.expect("there");
    assert_eq!(
        (tree.groups.len(), tree.members.len(), tree.rows.len()),
        (1, 7, 7)
    );
    assert!(tree.members.iter().all(|member| ids.contains(&member.job)));
}
