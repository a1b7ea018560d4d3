//! Signs of life. A process that could not give one in time drops its jobs by itself, before others take them over.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{about, log};
use crate::{
    error::{Error, Result},
    storage::{WorkerInfo, inspect::Ask},
    worker::{Phase, advance, instance::Instance, lifecycle::Shared, quiet, resume},
};

/// Enters the current incarnation into the database.
pub(crate) async fn register(shared: &Shared) -> Result<()> {
    enter(shared, &shared.current.get()).await
}

/// Enters what has changed of the pools. A worker that was declared lost does so when it goes on as another one.
pub(crate) async fn tell_pools(shared: &Shared) -> Result<()> {
    let instance = shared.current.get();
    // Its renewal makes sure that nobody can have declared it lost when it is entered again.
    if renew(shared, &instance).await? {
        enter(shared, &instance).await?;
    }
    Ok(())
}

async fn enter(shared: &Shared, instance: &Instance) -> Result<()> {
    let inner = shared.jobs.inner();
    let (sent, lease, now) = (Instant::now(), shared.lease, inner.clock.now());
    let info = WorkerInfo {
        id: instance.id,
        host: host(),
        pid: std::process::id(),
        lease,
        kinds: inner.registry.known(),
        pools: shared.pools.get(),
    };
    inner
        .store
        .call(move |storage| async move { storage.register(info, now).await })
        .await?;
    holds(shared, instance, sent);
    inner.pulse.beat(shared.lease);
    Ok(())
}

/// Claims hold for a lease from when the renewal was sent, less a part for clocks that run apart.
fn holds(shared: &Shared, instance: &Instance, sent: Instant) {
    if shared.jobs.inner().store.storage().needs_renewal() {
        instance.renewed(sent, shared.lease.mul_f64(0.9));
    }
}

pub(crate) fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok());
    named.map_or_else(|| "localhost".into(), |name| name.trim().to_owned())
}

/// Renews three times a lease, and at once when a cancel was announced.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut cancel = shared.jobs.inner().wakes.cancel();
    loop {
        let instance = shared.current.get();
        let pause = match renew(&shared, &instance).await {
            Ok(true) => about(shared.lease / 3),
            Ok(false) => {
                tracing::error!(worker = %instance.id, "this worker was declared lost: its jobs are dropped, and it goes on as a new one");
                again(&shared).await
            }
            // Nobody waits for its jobs' ends any more either.
            Err(Error::Closed) => return,
            Err(error) => {
                log("a sign of life", &error);
                if instance.is_over() {
                    again(&shared).await
                } else {
                    (shared.lease / 15).min(Duration::from_secs(1))
                }
            }
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => {}
            _ = cancel.changed() => {}
        }
    }
}

/// Renews when a cancel was announced, so that it reaches the jobs of a test; such a worker's lease outlasts it.
#[cfg(feature = "testing")]
pub(super) async fn cancels(shared: Arc<Shared>) {
    let mut cancel = shared.jobs.inner().wakes.cancel();
    while cancel.changed().await.is_ok() {
        if let Err(error) = renew(&shared, &shared.current.get()).await {
            log("looking for cancelled jobs", &error);
        }
    }
}

/// Ends an incarnation when its claims lapse, whatever the renewals wait for: its jobs are dropped before others may
/// start them.
pub(super) async fn watch(shared: Arc<Shared>) {
    loop {
        let instance = shared.current.get();
        let Some(until) = instance.holds_until() else {
            return;
        };
        tokio::time::sleep_until(until).await;
        if instance.is_over() {
            instance.lapse();
            // Until the next one is installed.
            tokio::time::sleep(shared.lease / 50).await;
        }
    }
}

async fn renew(shared: &Shared, instance: &Instance) -> Result<bool> {
    let inner = shared.jobs.inner();
    let (id, now, sent) = (instance.id, inner.clock.now(), Instant::now());
    if instance.is_over() {
        return Ok(false);
    }
    let renewed = inner
        .store
        .call(move |storage| async move { storage.renew(id, now).await });
    // An answer that takes longer than this is as good as none, and the next try must not wait for it.
    let renewed = match tokio::time::timeout(shared.lease / 4, renewed).await {
        Ok(renewed) => renewed?,
        Err(_) => return Err(Error::Database(sqlx::Error::PoolTimedOut)),
    };
    if renewed.alive {
        holds(shared, instance, sent);
        inner.pulse.beat(shared.lease);
        shared.running.cancel(&renewed.cancel);
        obey(shared, renewed.asked);
    }
    Ok(renewed.alive)
}

/// What an operator asks of this worker; a quiet that is taken back is over.
fn obey(shared: &Shared, asked: Option<Ask>) {
    let before = std::mem::replace(
        &mut *shared.asked.lock().unwrap_or_else(PoisonError::into_inner),
        asked,
    );
    if before == asked {
        return;
    }
    match asked {
        Some(Ask::Quiet) => {
            tracing::info!("an operator asked this worker to claim nothing for the time being");
            quiet(&shared.phase);
        }
        Some(Ask::Stop) => {
            tracing::info!("an operator asked this worker to stop");
            advance(&shared.phase, Phase::Draining);
        }
        None => {
            tracing::info!("an operator let this worker go on");
            resume(&shared.phase);
        }
    }
}

/// Drops the jobs of the lost incarnation, and enters a new one.
async fn again(shared: &Shared) -> Duration {
    let fresh = shared.current.retire();
    match enter(shared, &fresh).await {
        Ok(()) => {
            shared.current.install(fresh);
            shared.jobs.inner().wakes.here(&crate::storage::Wake::All);
            about(shared.lease / 3)
        }
        Err(error) => {
            log("registering as a new worker", &error);
            Duration::from_secs(1).min(shared.lease / 3)
        }
    }
}
