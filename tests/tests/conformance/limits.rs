//! Random lives of jobs with keys: never two of a unique key, never more than a limit, never more claims in a span than
//! a rate allows, never a job that waits for a key that has room; and in the end everything has run.

mod world;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use jobs::{
    State,
    storage::{Ack, NewJob, Next},
};
use jobs_tests::{Database, cases, make::*};
use proptest::test_runner::{Config, TestRunner};

use self::world::*;

cases!(
    invariants_hold,
    a_full_key_hides_nobody_behind_it,
    who_waits_for_a_rate_passes_its_slot_on,
    a_lost_worker_gives_its_slots_back
);

async fn play(database: Arc<dyn Database>, steps: Vec<Step>) {
    static ROUND: AtomicU32 = AtomicU32::new(1);
    let mut world = world(&*database, ROUND.fetch_add(1, Ordering::Relaxed)).await;
    for step in steps {
        world.apply(&*database, step).await;
        world.check().await;
    }
    world.drain().await;
}

async fn invariants_hold(database: Arc<dyn Database>) {
    let handle = tokio::runtime::Handle::current();
    let playing = tokio::task::spawn_blocking(move || {
        let config = Config {
            cases: 25,
            failure_persistence: None,
            ..Config::default()
        };
        let steps = proptest::collection::vec(step(), 1..60);
        TestRunner::new(config).run(&steps, |steps| {
            handle.block_on(play(database.clone(), steps));
            Ok(())
        })
    });
    if let Err(failure) = playing.await.expect("no panic") {
        panic!("{failure}");
    }
}

async fn who_waits_for_a_rate_passes_its_slot_on(database: Arc<dyn Database>) {
    let insert = |what, delay| Step::Insert {
        what,
        key: 1,
        delay,
    };
    let steps = vec![
        insert(What::Slot, 0),
        insert(What::Rate, -2),
        insert(What::SlotAndRate, 4),
        insert(What::SlotAndRate, -2),
        insert(What::Rate, 1),
        insert(What::Slot, 4),
        Step::Pass { seconds: 6 },
        insert(What::Slot, 0),
    ];
    play(database, steps).await;
}

async fn a_full_key_hides_nobody_behind_it(database: Arc<dyn Database>) {
    let world = world(&*database, 0).await;
    let of = |world: &World, key: usize| NewJob {
        queue: world.queue.clone().into(),
        keys: Some(Box::new(world.keys(What::Slot, key))),
        ..job(world.kind)
    };
    let many: Vec<_> = (0..3_000)
        .map(|_| of(&world, 0))
        .chain([of(&world, 1)])
        .collect();
    let last = many[3_000].id;
    let ids = insert(&*world.storage, many, 0).await;
    let (storage, worker) = world.processes[0].clone();
    let got = storage
        .claim(take(worker, &world.queue, 10), now(0))
        .await
        .expect("claimed");
    assert_eq!(got.len(), LIMIT + 1);
    assert_eq!(got[LIMIT].claim.id, last);
    assert_eq!(
        storage
            .claim(take(worker, &world.queue, 10), now(0))
            .await
            .expect("claimed")
            .len(),
        0
    );
    // Each end lets exactly one go on, the first of those that wait.
    assert_eq!(
        world.end(&got[0], Next::End(end(State::Succeeded))).await,
        Ack::Done
    );
    let next = storage
        .claim(take(worker, &world.queue, 10), now(0))
        .await
        .expect("claimed");
    assert_eq!(jobs_tests::make::ids(&next), ids[LIMIT..=LIMIT]);
}

async fn a_lost_worker_gives_its_slots_back(database: Arc<dyn Database>) {
    let mut world = world(&*database, 0).await;
    for _ in 0..4 {
        world.insert(What::Slot, 0, 0).await;
    }
    world.claim(0, 10).await;
    assert_eq!(world.claims.len(), LIMIT);
    world.check().await;
    world.die(&*database, 0).await;
    world.check().await;
    world.claims.clear();
    world.claim(1, 10).await;
    assert_eq!(world.claims.len(), LIMIT, "as many as before, and no more");
    world.drain().await;
}
