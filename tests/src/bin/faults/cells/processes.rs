//! Processes of ours that die or are stopped.

use std::{collections::HashSet, time::Duration};

use jobs::CatchUp;
use rustix::process::Signal;

use super::{Backend, Company, Found, cells, of};
use crate::{
    check::Twice,
    scene::{Outcome, Scene, Spec, broken, failed, pause},
    work::Tick,
};

cells! {
    quick "worker-killed" on Sqlite Postgres: worker_killed, "two of four workers killed with SIGKILL while they run jobs";
    quick "worker-stopped" on Sqlite Postgres: worker_stopped, "a worker stopped with SIGSTOP for two leases, then continued";
    quick "enqueuer-killed" on Sqlite Postgres: enqueuer_killed, "enqueuers killed with SIGKILL in the middle of group commits";
    full "enqueuer-stopped" on Sqlite Postgres: enqueuer_stopped, "enqueuers stopped with SIGSTOP for three seconds, then continued";
    full "scheduler-killed" on Sqlite Postgres: scheduler_killed, "schedulers killed with SIGKILL one after the other; each tick runs once";
    full "scheduler-stopped" on Sqlite Postgres: scheduler_stopped, "a scheduler stopped with SIGSTOP for three seconds; each tick runs once";
}

const SHORT: Spec = Spec {
    concurrency: 8,
    lease: Duration::from_secs(2),
    threads: 2,
};

async fn worker_killed(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let mut company = Company::start(&scene, SHORT).await?;
    let mut killed = Vec::new();
    for victim in 0..2 {
        company.workers[victim].kill()?;
        killed.push(company.workers[victim].pid());
        let successor = scene.worker(SHORT)?;
        company.workers.push(successor);
        scene.goes_on(30, 30, Duration::from_secs(15)).await?;
    }
    company.finish(&scene, of(killed)).await
}

/// On Postgres its jobs are others' by then; on SQLite a lock says that it lives, and it keeps them.
async fn worker_stopped(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let company = Company::start(&scene, SHORT).await?;
    let victim = &company.workers[0];
    victim.signal(Signal::STOP)?;
    pause(4_500).await;
    let running = |account: crate::ledger::Account| {
        let runs = account.runs.into_iter();
        runs.filter(|(_, runs)| runs.iter().any(|run| run.pid == victim.pid() && !run.ended))
            .map(|(n, _)| n)
            .collect::<HashSet<u64>>()
    };
    let stopped_in = running(scene.ledger.read());
    victim.signal(Signal::CONT)?;
    let pid = victim.pid();
    let twice = match backend {
        Backend::Sqlite => Twice::Never,
        Backend::Postgres => of([pid]),
    };
    let mut found = company.finish(&scene, twice).await?;
    let account = scene.ledger.read();
    let retaken = stopped_in
        .iter()
        .filter(|n| account.runs[n].len() > 1)
        .count();
    if backend == Backend::Postgres && retaken == 0 {
        return failed(format!(
            "nothing was taken over of {} runs",
            stopped_in.len()
        ));
    }
    let dropped = account
        .runs
        .values()
        .flatten()
        .filter(|run| run.dropped)
        .count();
    found.note = format!(
        "stopped in {} runs, {retaken} taken over, {dropped} dropped at once",
        stopped_in.len()
    );
    Ok(found)
}

async fn enqueuer_killed(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let mut company = Company::start(&scene, Spec::default()).await?;
    for _ in 0..3 {
        for mut enqueuer in std::mem::take(&mut company.enqueuers) {
            enqueuer.kill()?;
        }
        company.enqueuers = vec![scene.enqueuer(16)?, scene.enqueuer(16)?];
        scene.goes_on(60, 40, Duration::from_secs(20)).await?;
    }
    company.finish(&scene, Twice::Never).await
}

async fn enqueuer_stopped(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let mut company = Company::start(&scene, Spec::default()).await?;
    company.enqueuers.push(scene.enqueuer(2)?);
    for enqueuer in &company.enqueuers[..2] {
        enqueuer.signal(Signal::STOP)?;
    }
    // The third goes on, whatever the others hold; on SQLite that may be the one writer's lock.
    if backend == Backend::Postgres {
        scene.goes_on(40, 40, Duration::from_secs(20)).await?;
    }
    pause(3_000).await;
    for enqueuer in &company.enqueuers[..2] {
        enqueuer.signal(Signal::CONT)?;
    }
    company.finish(&scene, Twice::Never).await
}

async fn scheduler_killed(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let mut company = ticking(&scene).await?;
    let mut killed = Vec::new();
    for _ in 0..4 {
        pause(1_300).await;
        let mut victim = company.workers.remove(0);
        victim.kill()?;
        killed.push(victim.pid());
        company.workers.push(scene.worker(SHORT)?);
    }
    finish(company, &scene, of(killed)).await
}

async fn scheduler_stopped(backend: Backend) -> Outcome<Found> {
    let scene = Scene::set(backend, &[]).await?;
    let company = ticking(&scene).await?;
    pause(1_000).await;
    company.workers[0].signal(Signal::STOP)?;
    pause(4_500).await;
    company.workers[0].signal(Signal::CONT)?;
    let pid = company.workers[0].pid();
    finish(company, &scene, of([pid])).await
}

/// A company with a task that ticks each second.
async fn ticking(scene: &Scene) -> Outcome<Company> {
    let jobs = scene.connect().await?;
    let task = jobs.recurring().upsert("each second", "every 1s", Tick {});
    task.catch_up(CatchUp::All).await.map_err(broken)?;
    jobs.close().await;
    Company::start(scene, SHORT).await
}

/// Every second from the first tick on has one; a crash may have run one twice.
async fn finish(company: Company, scene: &Scene, twice: Twice) -> Outcome<Found> {
    let mut company = company;
    scene.goes_on(60, 40, super::SOON).await?;
    let jobs = scene.connect().await?;
    let task = jobs.recurring().get("each second").await.map_err(broken)?;
    task.ok_or_else(|| broken("the task is gone"))?
        .pause()
        .await
        .map_err(broken)?;
    jobs.close().await;
    pause(2_000).await;
    let mut found = company.wind_up(scene, twice).await?;
    let mut ticks = scene.ledger.read().ticks;
    let runs = ticks.len();
    ticks.sort_unstable();
    ticks.dedup();
    let expected = match (ticks.first(), ticks.last()) {
        (Some(first), Some(last)) => ((last - first) / 1_000 + 1) as usize,
        _ => return failed("no tick ran"),
    };
    if ticks.len() != expected || expected < 4 {
        return failed(format!(
            "{} ticks ran of {expected}: {ticks:?}",
            ticks.len()
        ));
    }
    if runs - ticks.len() > 4 {
        return failed(format!("{} ticks ran again", runs - ticks.len()));
    }
    found.note = format!(
        "{expected} ticks, {} run again after a crash",
        runs - ticks.len()
    );
    Ok(found)
}
