//! Recurring tasks: each tick is settled once.

use std::sync::Arc;

use jobs::{
    CatchUp, JobId, State,
    storage::{Declarer, KindId, Storage, Task, TaskChange, TaskDecl, Tick},
};
use jobs_tests::{Database, cases, make::*};

cases!(
    a_new_or_edited_task_starts_from_now,
    who_declares_decides,
    due_ones_of_what_this_code_knows,
    a_tick_is_settled_once,
    of_many_schedulers_one_wins,
    paused_and_removed_tasks_do_not_tick,
    a_task_is_orphaned_with_its_last_worker,
);

fn task(name: &str, kind: KindId) -> TaskDecl {
    TaskDecl {
        name: name.to_owned(),
        kind,
        version: 1,
        args: r#"{"who":"ann \u0000"}"#.to_owned(),
        schedule: "0 9 * * *".to_owned(),
        zone: "UTC".to_owned(),
        description: None,
        catch_up: CatchUp::One,
        queue: None,
        priority: None,
    }
}

async fn declared(
    storage: &dyn Storage,
    tasks: Vec<TaskDecl>,
    by: Declarer,
    seconds: i64,
) -> Vec<bool> {
    let declared = storage.declare_tasks(tasks, by, now(seconds)).await;
    declared.expect("declared")
}

async fn stored(storage: &dyn Storage, name: &str) -> Option<Task> {
    let tasks = storage.list_tasks(Some(name.to_owned()), now(0)).await;
    tasks.expect("listed").pop().map(|(task, _)| task)
}

fn settling(name: &str, seen: i64, base: i64, jobs: Vec<jobs::storage::NewJob>) -> Tick {
    Tick {
        name: name.to_owned(),
        seen: at(seen),
        base: at(base),
        next_tick: at(base + 60),
        ticked: (!jobs.is_empty()).then_some(at(base)),
        jobs,
    }
}

async fn settle(storage: &dyn Storage, ticks: Vec<Tick>, seconds: i64) -> Vec<bool> {
    let settled = storage.settle_ticks(ticks, now(seconds)).await;
    settled.expect("settled")
}

async fn a_new_or_edited_task_starts_from_now(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a", "b"]).await;
    let first = task("x", kinds[0]);
    assert_eq!(
        declared(&*storage, vec![first.clone()], Declarer::Worker, 10).await,
        [true]
    );
    let expected = Task {
        decl: first.clone(),
        job: "a".to_owned(),
        dynamic: false,
        paused: false,
        base: at(10),
        last_tick: None,
        next_tick: at(10),
    };
    assert_eq!(stored(&*storage, "x").await, Some(expected.clone()));
    assert_eq!(
        settle(&*storage, vec![settling("x", 10, 10, Vec::new())], 11).await,
        [true]
    );

    // The same again, and one that only looks different, keep their place.
    let other = TaskDecl {
        kind: kinds[1],
        version: 2,
        args: "{}".to_owned(),
        description: Some("Tidies ☃".to_owned()),
        catch_up: CatchUp::All,
        queue: Some("low ☃".to_owned()),
        priority: Some(-7),
        ..first.clone()
    };
    declared(&*storage, vec![first.clone()], Declarer::Worker, 20).await;
    declared(&*storage, vec![other.clone()], Declarer::Worker, 20).await;
    let same = stored(&*storage, "x").await.expect("there");
    assert_eq!((same.base, same.next_tick), (at(10), at(70)));
    assert_eq!((same.decl, same.job.as_str()), (other.clone(), "b"));

    // An edited schedule or zone starts anew.
    let edited = TaskDecl {
        zone: "Asia/Kathmandu".to_owned(),
        ..other.clone()
    };
    declared(&*storage, vec![edited], Declarer::Worker, 30).await;
    let now = stored(&*storage, "x").await.expect("there");
    assert_eq!((now.base, now.next_tick), (at(30), at(30)));
    let edited = TaskDecl {
        schedule: "every 5m".to_owned(),
        ..other
    };
    declared(&*storage, vec![edited], Declarer::Worker, 40).await;
    assert_eq!(stored(&*storage, "x").await.expect("there").base, at(40));
}

async fn who_declares_decides(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let with = |name: &str, schedule: &str| TaskDecl {
        schedule: schedule.to_owned(),
        ..task(name, kinds[0])
    };
    let both = |schedule: &str| vec![with("x", schedule), with("y", schedule)];
    assert_eq!(
        declared(&*storage, vec![with("x", "1")], Declarer::Handle, 1).await,
        [true]
    );
    // A handle adds what is missing and changes nothing.
    assert_eq!(
        declared(&*storage, both("2"), Declarer::Handle, 2).await,
        [false, true]
    );
    assert_eq!(
        stored(&*storage, "x").await.expect("there").decl.schedule,
        "1"
    );
    // A caller takes none from code.
    let three = vec![with("x", "3"), with("z", "3")];
    assert_eq!(
        declared(&*storage, three, Declarer::Caller, 3).await,
        [false, true]
    );
    assert_eq!(
        stored(&*storage, "x").await.expect("there").decl.schedule,
        "1"
    );
    assert!(stored(&*storage, "z").await.expect("there").dynamic);
    // It changes its own; and code takes it over.
    assert_eq!(
        declared(&*storage, vec![with("z", "4")], Declarer::Caller, 4).await,
        [true]
    );
    assert_eq!(stored(&*storage, "z").await.expect("there").base, at(4));
    assert_eq!(
        declared(&*storage, vec![with("z", "4")], Declarer::Worker, 5).await,
        [true]
    );
    assert!(!stored(&*storage, "z").await.expect("there").dynamic);
    assert!(
        declared(&*storage, Vec::new(), Declarer::Worker, 5)
            .await
            .is_empty()
    );
}

async fn due_ones_of_what_this_code_knows(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["known", "unknown"]).await;
    let in_code = ["mine", "theirs"].map(|name| task(name, kinds[0]));
    declared(&*storage, in_code.to_vec(), Declarer::Worker, 0).await;
    let by_call = vec![task("known", kinds[0]), task("unknown", kinds[1])];
    declared(&*storage, by_call, Declarer::Caller, 0).await;
    let due = async |limit, seconds| {
        let names = vec!["mine".to_owned()];
        let due = storage
            .due_tasks(vec![kinds[0]], names, limit, now(seconds))
            .await;
        let due = due.expect("read");
        assert_eq!(due.now, at(seconds));
        let mut names: Vec<_> = due.tasks.into_iter().map(|task| task.decl.name).collect();
        names.sort_unstable();
        (names, due.next_in)
    };
    assert_eq!(due(9, 0).await.0, ["known", "mine"]);
    assert_eq!(due(1, 0).await.0.len(), 1);
    settle(
        &*storage,
        vec![
            settling("mine", 0, 30, Vec::new()),
            settling("known", 0, 60, Vec::new()),
        ],
        0,
    )
    .await;
    assert_eq!(due(9, 60).await, (vec![], Some(secs(30))));
    assert_eq!(due(9, 100).await, (vec!["mine".to_owned()], Some(secs(20))));
    assert_eq!(
        due(9, 120).await,
        (vec!["known".to_owned(), "mine".to_owned()], None)
    );
}

async fn a_tick_is_settled_once(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    declared(
        &*storage,
        vec![task("x", kinds[0]), task("y", kinds[0])],
        Declarer::Worker,
        0,
    )
    .await;
    let (one, two, three) = (job(kinds[0]), job(kinds[0]), job(kinds[0]));
    let ids = [one.id, two.id, three.id];
    let ticks = vec![
        settling("x", 0, 60, vec![one, two]),
        settling("gone", 0, 60, vec![job(kinds[0])]),
    ];
    assert_eq!(settle(&*storage, ticks, 61).await, [true, false]);
    let after = stored(&*storage, "x").await.expect("there");
    assert_eq!(
        (after.base, after.last_tick, after.next_tick),
        (at(60), Some(at(60)), at(120))
    );
    // Another scheduler that saw the same, whatever it made of it and whatever its clock says.
    let late = vec![
        settling("x", 0, 120, vec![three.clone()]),
        settling("y", 0, 60, Vec::new()),
    ];
    assert_eq!(settle(&*storage, late, -500).await, [false, true]);
    for (id, there) in ids.iter().zip([true, true, false]) {
        assert_eq!(state(&*storage, *id).await.is_some(), there);
    }
    assert_eq!(stored(&*storage, "y").await.expect("there").last_tick, None);
    // Time never goes back.
    assert_eq!(
        settle(&*storage, vec![settling("x", 60, 59, vec![three])], 61).await,
        [false]
    );
    // An edit in between.
    let edited = TaskDecl {
        schedule: "every 1h".to_owned(),
        ..task("x", kinds[0])
    };
    declared(&*storage, vec![edited], Declarer::Worker, 100).await;
    assert_eq!(
        settle(
            &*storage,
            vec![settling("x", 60, 120, vec![job(kinds[0])])],
            121
        )
        .await,
        [false]
    );
}

async fn of_many_schedulers_one_wins(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    let names: Vec<String> = (0..20).map(|n| format!("task {n:02}")).collect();
    let tasks = names.iter().map(|name| task(name, kinds[0])).collect();
    declared(&*storage, tasks, Declarer::Worker, 0).await;
    let mut schedulers = tokio::task::JoinSet::new();
    for n in 0..8 {
        let (storage, mut names, kind) = (database.open().await, names.clone(), kinds[0]);
        names.rotate_left(n * 2);
        schedulers.spawn(async move {
            let mut won: Vec<JobId> = Vec::new();
            for round in 0..5 {
                let (seen, base) = (round * 60, (round + 1) * 60);
                let ticks: Vec<_> = names
                    .iter()
                    .map(|name| settling(name, seen, base, vec![job(kind)]))
                    .collect();
                let settled = settle(&*storage, ticks.clone(), base).await;
                let all = ticks.iter().zip(settled).filter(|(_, settled)| *settled);
                won.extend(all.map(|(tick, _)| tick.jobs[0].id));
            }
            won
        });
    }
    let won: Vec<JobId> = schedulers.join_all().await.concat();
    assert_eq!(won.len(), 100, "each of 20 tasks ticked 5 times");
    for id in won {
        assert_eq!(state(&*storage, id).await, Some(State::Ready));
    }
    let count = storage.count_ready(QUEUE.to_owned(), 1_000).await;
    assert_eq!(count.expect("counted"), 100);
}

async fn paused_and_removed_tasks_do_not_tick(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    declared(&*storage, vec![task("x", kinds[0])], Declarer::Caller, 0).await;
    let change = async |change, seconds| {
        let changed = storage
            .change_task("x".to_owned(), change, now(seconds))
            .await;
        changed.expect("changed")
    };
    let due = async |seconds| {
        let due = storage
            .due_tasks(kinds.clone(), Vec::new(), 9, now(seconds))
            .await;
        due.expect("read").tasks.len()
    };
    assert!(change(TaskChange::Resume, 5).await);
    assert_eq!(
        stored(&*storage, "x").await.expect("there").base,
        at(0),
        "it was not paused"
    );
    assert!(change(TaskChange::Pause, 10).await);
    assert!(change(TaskChange::Pause, 11).await);
    assert_eq!(due(999).await, 0);
    assert_eq!(
        settle(
            &*storage,
            vec![settling("x", 0, 60, vec![job(kinds[0])])],
            61
        )
        .await,
        [false]
    );
    assert!(change(TaskChange::Resume, 100).await);
    let resumed = stored(&*storage, "x").await.expect("there");
    assert_eq!(
        (resumed.base, resumed.next_tick, resumed.paused),
        (at(100), at(100), false)
    );
    assert_eq!(due(100).await, 1);
    assert!(change(TaskChange::Remove, 100).await);
    assert_eq!(
        settle(
            &*storage,
            vec![settling("x", 100, 160, vec![job(kinds[0])])],
            161
        )
        .await,
        [false]
    );
    assert!(stored(&*storage, "x").await.is_none());
    for gone in [TaskChange::Pause, TaskChange::Resume, TaskChange::Remove] {
        assert!(!change(gone, 100).await);
    }
    assert_eq!(
        storage
            .count_ready(QUEUE.to_owned(), 9)
            .await
            .expect("counted"),
        0
    );
}

async fn a_task_is_orphaned_with_its_last_worker(database: Arc<dyn Database>) {
    let storage = database.open().await;
    let kinds = declare(&*storage, &["a"]).await;
    declared(
        &*storage,
        vec![task("x", kinds[0]), task("y", kinds[0])],
        Declarer::Worker,
        0,
    )
    .await;
    let live = async || {
        let tasks = storage.list_tasks(None, now(0)).await.expect("listed");
        let live = tasks.into_iter().filter(|(_, live)| *live);
        live.map(|(task, _)| task.decl.name).collect::<Vec<_>>()
    };
    assert!(live().await.is_empty());
    let (one, two) = (
        registered(&*storage, 0).await,
        registered(&*storage, 0).await,
    );
    let note = async |worker, names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        storage.note_tasks(worker, names).await.expect("noted");
    };
    note(one, &["x", "y"]).await;
    note(two, &["x"]).await;
    assert_eq!(live().await, ["x", "y"]);
    note(one, &["x"]).await;
    assert_eq!(live().await, ["x"]);
    storage.deregister(one, now(0)).await.expect("gone");
    assert_eq!(live().await, ["x"]);
    storage.deregister(two, now(0)).await.expect("gone");
    assert!(live().await.is_empty());
    assert!(stored(&*storage, "x").await.is_some(), "nothing deletes it");
}
