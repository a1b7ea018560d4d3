//! The pools of workers, as a file says and as it changes.

use std::{sync::Arc, time::Duration};

use jobs::{Config, Jobs, State};
use jobs_tests::{
    place::{Backend, Place, until},
    tests,
};

use crate::{
    queues,
    work::{Door, Hold, Quick, Runs, builder, config, hold_many},
};

tests!(
    a_worker_has_the_pools_of_the_file,
    what_the_file_says_holds_over_code,
    more_and_fewer_slots_at_once,
    queues_move_from_pool_to_pool,
    a_pool_that_is_gone_lets_its_jobs_finish,
    without_its_pools_the_code_has_them_again,
    a_file_that_does_not_fit_changes_nothing,
    retention_changes_at_once,
    a_handle_from_a_path,
);

async fn a_worker_has_the_pools_of_the_file(place: Arc<Place>) {
    let door = Door::shut();
    let jobs = builder(&place, &door, &Runs::default())
        .config(config("[pools.a]\nqueues = [\"critical\"]\nconcurrency = 2\n[pools.b]\nqueues = { low = 1 }\nconcurrency = 1"))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    hold_many(&jobs, 4, queues::critical).await;
    hold_many(&jobs, 4, queues::low).await;
    let nobody = jobs.enqueue(Quick).await.expect("enqueued");
    until("all slots are taken", async || door.held() == 3).await;
    // A queue that no pool has is not worked on.
    door.open(8);
    until("all are done", async || door.held() == 0).await;
    assert_eq!(nobody.state().await.expect("read"), State::Ready);
    worker.stop().await.expect("stopped");
}

async fn what_the_file_says_holds_over_code(place: Arc<Place>) {
    let door = Door::shut();
    let jobs = builder(&place, &door, &Runs::default())
        .max_args_bytes(1 << 20)
        .config(config(
            "[pools.main]\nconcurrency = 1\n[limits]\nmax_args_bytes = 10",
        ))
        .await
        .expect("connected");
    let worker = jobs.worker().concurrency(5).start().await.expect("started");
    hold_many(&jobs, 3, queues::default).await;
    until("one runs", async || door.held() == 1).await;
    let quick = jobs
        .enqueue(Quick)
        .queue(queues::low)
        .await
        .expect("enqueued");
    let waited = quick.result_within(Duration::from_millis(300)).await;
    assert!(waited.is_err() && door.held() == 1, "there is one slot");
    let long = crate::work::Digest {
        list: "long enough".into(),
        lines: 1,
    };
    let refused = jobs.enqueue(long).await;
    assert!(
        matches!(refused, Err(jobs::Error::TooLarge { limit: 10, .. })),
        "{refused:?}"
    );
    door.open(3);
    quick.result().await.expect("it runs");
    worker.stop().await.expect("stopped");
}

async fn more_and_fewer_slots_at_once(place: Arc<Place>) {
    let door = Door::shut();
    let with = |slots: usize| config(&format!("[pools.main]\nconcurrency = {slots}"));
    let jobs = builder(&place, &door, &Runs::default())
        .config(with(1))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    hold_many(&jobs, 60, queues::default).await;
    until("one slot", async || door.held() == 1).await;
    jobs.reload(with(4)).expect("taken");
    until("four slots", async || door.held() == 4).await;
    jobs.reload(with(2)).expect("taken");
    // Nothing that runs is stopped; as jobs end, two slots are left.
    let probe = loop {
        until("two slots", async || {
            if door.held() > 2 {
                door.open(1);
            }
            door.held() == 2
        })
        .await;
        let probe = jobs.enqueue(Quick).priority(-1).await.expect("enqueued");
        let waited = probe.result_within(Duration::from_millis(300)).await;
        // Before the change has arrived, slots are filled again.
        if waited.is_err() && door.held() == 2 {
            break probe;
        }
    };
    door.open(100);
    probe.result().await.expect("it runs");
    worker.stop().await.expect("stopped");
}

async fn queues_move_from_pool_to_pool(place: Arc<Place>) {
    let door = Door::shut();
    let jobs = builder(&place, &door, &Runs::default())
        .config(config(
            "[pools.main]\nqueues = [\"critical\"]\nconcurrency = 1",
        ))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    hold_many(&jobs, 1, queues::critical).await;
    until("its slot is taken", async || door.held() == 1).await;
    let low = jobs
        .enqueue(Quick)
        .queue(queues::low)
        .await
        .expect("enqueued");
    assert!(low.result_within(Duration::from_millis(200)).await.is_err());
    let moved = "[pools.main]\nqueues = [\"low\"]\nconcurrency = 2";
    jobs.reload(config(moved)).expect("taken");
    low.result_within(Duration::from_secs(10))
        .await
        .expect("the pool has its queue now");
    let critical = jobs
        .enqueue(Quick)
        .queue(queues::critical)
        .await
        .expect("enqueued");
    assert!(
        critical
            .result_within(Duration::from_millis(200))
            .await
            .is_err()
    );
    let another = format!("{moved}\n[pools.another]\nqueues = {{ critical = 9 }}\nconcurrency = 1");
    jobs.reload(config(&another)).expect("taken");
    critical
        .result_within(Duration::from_secs(10))
        .await
        .expect("a new pool has it");
    door.open(1);
    worker.stop().await.expect("stopped");
}

async fn a_pool_that_is_gone_lets_its_jobs_finish(place: Arc<Place>) {
    let door = Door::shut();
    let main = "[pools.main]\nqueues = [\"default\"]\nconcurrency = 1\n";
    let with = format!("{main}[pools.side]\nqueues = [\"low\"]\nconcurrency = 1");
    let jobs = builder(&place, &door, &Runs::default())
        .config(config(&with))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let held = jobs
        .enqueue(Hold)
        .queue(queues::low)
        .await
        .expect("enqueued");
    until("it runs", async || door.held() == 1).await;
    jobs.reload(config(main)).expect("taken");
    let other = jobs
        .enqueue(Quick)
        .queue(queues::low)
        .await
        .expect("enqueued");
    assert!(
        other
            .result_within(Duration::from_millis(300))
            .await
            .is_err()
    );
    assert_eq!(held.state().await.expect("read"), State::Running);
    door.open(1);
    held.result().await.expect("it may finish");
    assert_eq!(other.state().await.expect("read"), State::Ready);
    // One of its name may come again.
    jobs.reload(config(&with)).expect("taken");
    other
        .result_within(Duration::from_secs(10))
        .await
        .expect("it runs");
    worker.stop().await.expect("stopped");
}

async fn without_its_pools_the_code_has_them_again(place: Arc<Place>) {
    let door = Door::shut();
    let jobs = builder(&place, &door, &Runs::default())
        .config(config("[pools.one]\nqueues = [\"low\"]\nconcurrency = 1"))
        .await
        .expect("connected");
    let worker = jobs.worker().concurrency(3).start().await.expect("started");
    hold_many(&jobs, 5, queues::default).await;
    jobs.reload(config("")).expect("taken");
    until("the code's slots", async || door.held() == 3).await;
    door.open(5);
    worker.stop().await.expect("stopped");
}

async fn a_file_that_does_not_fit_changes_nothing(place: Arc<Place>) {
    let door = Door::shut();
    let jobs = builder(&place, &door, &Runs::default())
        .config(config("[pools.main]\nconcurrency = 1"))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let refused = jobs.reload(config(
        "[pools.main]\nconcurrency = 5\nqueues = [\"defautl\"]",
    ));
    let refused = refused.expect_err("there is no such queue").to_string();
    assert!(refused.contains("did you mean `default`?"), "{refused}");
    hold_many(&jobs, 3, queues::default).await;
    until("one runs", async || door.held() == 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(door.held(), 1);
    door.open(3);
    worker.stop().await.expect("stopped");
}

async fn retention_changes_at_once(place: Arc<Place>) {
    let jobs = builder(&place, &Door::shut(), &Runs::default())
        .config(config("[retention]\nfinished = \"7d\""))
        .await
        .expect("connected");
    let worker = jobs.worker().start().await.expect("started");
    let kept = jobs.enqueue(Quick).await.expect("enqueued");
    kept.result().await.expect("done");
    jobs.reload(config("[retention]\nfinished = \"0s\""))
        .expect("taken");
    let gone = jobs.enqueue(Quick).await.expect("enqueued");
    until("it is done", async || {
        !matches!(gone.state().await, Ok(State::Ready | State::Running))
    })
    .await;
    assert!(jobs.get(kept.id()).await.expect("read").is_some());
    worker.stop().await.expect("stopped");
}

async fn a_handle_from_a_path(place: Arc<Place>) {
    let path = place.folder().join("jobs.toml");
    let url = match place.backend {
        Backend::Memory => "sqlite::memory:",
        _ => &place.url,
    };
    let text = format!(
        "[database]\nurl = \"{url}\"\nschema = \"{}\"\n",
        place.schema
    );
    std::fs::write(&path, &text).expect("written");
    let jobs = Jobs::from_config(&path).await.expect("connected");
    assert!(jobs.config().is_some());
    jobs.close().await;
    let jobs = Config::load(&path)
        .expect("right")
        .builder()
        .await
        .expect("connected");
    jobs.close().await;

    std::fs::write(&path, text.replace("url =", "# url =")).expect("written");
    let error = Jobs::from_config(&path)
        .await
        .expect_err("no database")
        .to_string();
    assert!(error.contains("the file names no database"), "{error}");
    let error = Jobs::from_config("not/there.toml")
        .await
        .expect_err("no file");
    assert!(matches!(&error, jobs::Error::Io { .. }), "{error}");
}
