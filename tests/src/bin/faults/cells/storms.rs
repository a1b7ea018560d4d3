//! Too much of something.

use std::time::Duration;

use jobs::State;

use super::{Backend, Company, Found, SOON, cells};
use crate::{
    check::{Counts, Twice, settle},
    scene::{Outcome, Scene, Spec, broken, failed, in_time, pause},
    work::{Exhaust, Explode, Hog},
};

cells! {
    full "fifty-workers" on Sqlite Postgres: fifty, "fifty worker processes on one database";
    full "panics" on Sqlite Postgres: panics, "10,000 jobs that panic";
    full "out-of-memory" on Sqlite Postgres: out_of_memory, "1,000 jobs that ask for more memory than there is and say so";
    quick "never-yield" on Sqlite Postgres: never_yield, "jobs that block every thread of their executor for two leases";
}

async fn fifty(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &["max_connections=400"]).await?;
    let mut company = Company::start(&scene, Spec::default()).await?;
    let few = Spec {
        concurrency: 2,
        threads: 1,
        lease: Duration::from_secs(60),
    };
    for _ in 0..48 {
        company.workers.push(scene.worker(few)?);
    }
    let began = std::time::Instant::now();
    // One writer at a time serves them all on SQLite, and each of its commits makes the idle ones look.
    let many = match backend {
        Backend::Sqlite => 40,
        Backend::Postgres => 300,
    };
    scene.goes_on(many, many, Duration::from_secs(60)).await?;
    let rate = many as f64 / began.elapsed().as_secs_f64();
    let mut found = company.wind_up(&scene, Twice::Never).await?;
    found.note = format!("{rate:.0} jobs/s");
    Ok(found)
}

async fn panics(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let jobs = scene.connect().await?;
    let many = (0..10_000).map(|n| Explode { n });
    let stored = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .map_err(broken)?;
    let ids: Vec<_> = stored.iter().map(|job| job.id()).collect();
    die(&scene, &jobs, ids, Duration::from_secs(120)).await
}

async fn out_of_memory(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let jobs = scene.connect().await?;
    let many = (0..1_000).map(|n| Exhaust { n });
    let stored = jobs::perform_all_later(many)
        .on(&jobs)
        .await
        .map_err(broken)?;
    let ids: Vec<_> = stored.iter().map(|job| job.id()).collect();
    die(&scene, &jobs, ids, Duration::from_secs(60)).await
}

/// All of them become dead letters, and the worker lives on.
async fn die(
    scene: &Scene,
    jobs: &jobs::Jobs,
    ids: Vec<jobs::JobId>,
    limit: Duration,
) -> Outcome<Found> {
    let spec = Spec {
        concurrency: 50,
        ..Spec::default()
    };
    let mut company = Company {
        workers: vec![scene.worker(spec)?, scene.worker(spec)?],
        enqueuers: Vec::new(),
    };
    let (mut left, mut dead) = (ids.clone(), 0);
    in_time(limit, "all are dead", async || {
        pause(300).await;
        while let Some(id) = left.last() {
            let record = jobs.get(*id).await.map_err(broken)?;
            let record = record.ok_or_else(|| broken(format!("{id} is lost")))?;
            match record.state {
                State::Dead if record.attempts.len() == 1 => dead += 1,
                state if !state.is_final() => return Ok(false),
                state => return failed(format!("{id} is {state}: {:?}", record.attempts)),
            }
            left.pop();
        }
        Ok(true)
    })
    .await?;
    company.enqueuers.push(scene.enqueuer(2)?);
    scene.goes_on(20, 20, SOON).await?;
    let mut found = company.wind_up(scene, Twice::Never).await?;
    found.counts.promised += ids.len();
    found.counts.dead += dead;
    Ok(found)
}

/// The sign of life comes from another thread, so nothing is taken over; and the log names the job.
async fn never_yield(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let spec = Spec {
        lease: Duration::from_secs(2),
        ..Spec::default()
    };
    let jobs = scene.connect().await?;
    let mut ids = Vec::new();
    for n in 0..2 {
        let job = jobs.enqueue(Hog { n, millis: 5_000 }).await;
        ids.push(job.map_err(broken)?.id());
    }
    let mut first = scene.worker(spec)?;
    let began = |count| move |scene: &Scene| scene.ledger.count("start") >= count;
    in_time(
        Duration::from_secs(10),
        "both block their threads",
        async || Ok(began(2)(&scene)),
    )
    .await?;
    // It would take them over if it could.
    let second = scene.worker(spec)?;
    in_time(Duration::from_secs(15), "both have ended", async || {
        Ok(scene.ledger.count("end") >= 2)
    })
    .await?;
    scene.all_live(std::slice::from_mut(&mut first))?;
    for id in &ids {
        in_time(Duration::from_secs(5), "it succeeded", async || {
            let record = jobs.get(*id).await.map_err(broken)?;
            Ok(record.is_some_and(|record| record.state == State::Succeeded))
        })
        .await?;
    }
    if scene.ledger.count("start") != 2 {
        return failed("a job that blocked its thread was taken over");
    }
    let said = scene.logged("has not yielded");
    if said < 2 {
        return failed(format!("the log names {said} of 2 jobs that never yield"));
    }
    drop((first, second));
    let counts = settle(&scene, &Twice::Never, SOON).await?;
    Ok(Found {
        counts: Counts {
            promised: 2,
            finished: 2,
            ..counts
        },
        note: format!("{said} warnings"),
    })
}
