//! Worker processes of one test; they end with it.

use std::{
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use jobs::{JobHandle, Jobs};
use jobs_tests::place::{Place, until};

use crate::ledger::{Account, Ledger};

/// A worker process; killed when dropped.
pub(crate) struct WorkerProcess(Child);

/// How a worker is started.
pub(crate) struct Spec {
    pub(crate) concurrency: usize,
    pub(crate) lease: Duration,
    pub(crate) shutdown: Duration,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            concurrency: 10,
            lease: Duration::from_secs(2),
            shutdown: Duration::from_secs(10),
        }
    }
}

impl WorkerProcess {
    pub(crate) fn start(place: &Place, ledger: &Ledger, spec: &Spec) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_worker_process"))
            .arg(&place.url)
            .arg(&place.schema)
            .arg(ledger.path())
            .arg(spec.concurrency.to_string())
            .arg(spec.lease.as_millis().to_string())
            .arg(spec.shutdown.as_millis().to_string())
            .stdin(Stdio::null())
            .spawn();
        Self(child.expect("the worker process starts"))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status();
        assert!(
            sent.expect("kill runs").success(),
            "{name} could not be sent"
        );
    }

    /// Waits until it handles SIGTERM: before that, the signal kills it as it kills any process that starts.
    pub(crate) async fn ready(&self) {
        until("the worker process handles signals", || {
            let path = format!("/proc/{}/status", self.pid());
            let status = std::fs::read_to_string(path).unwrap_or_default();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            std::future::ready(caught.is_some_and(|mask| mask & (1 << 14) != 0))
        })
        .await;
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the worker process has ended", || {
            status = self.0.try_wait().expect("it can be waited for");
            std::future::ready(status.is_some())
        })
        .await;
        status.expect("it has ended")
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // A stopped process dies of SIGKILL all the same.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn ledger(place: &Arc<Place>) -> Ledger {
    Ledger::at(place.folder().join("ledger"))
}

pub(crate) async fn enqueue(
    jobs: &Jobs,
    numbers: std::ops::Range<u64>,
    millis: impl Fn(u64) -> u64 + Send,
) -> Vec<JobHandle<u32>> {
    let many: Vec<_> = numbers
        .map(|n| Account {
            n,
            millis: millis(n),
        })
        .collect();
    jobs::perform_all_later(many)
        .on(jobs)
        .await
        .expect("enqueued")
        .into_iter()
        .collect()
}

pub(crate) async fn entries(ledger: &Ledger, what: &str, count: usize) {
    until(&format!("{count} entries `{what}`"), || {
        std::future::ready(ledger.count(what) >= count)
    })
    .await;
}
