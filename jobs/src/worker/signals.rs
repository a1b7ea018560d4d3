//! What the signals of the operating system mean to a worker that is run.

use crate::error::Result;

use super::WorkerHandle;

#[cfg(unix)]
pub(super) use unix::Signals;

/// SIGTERM and SIGINT end the wait, and so does a worker that fails; SIGTSTP and SIGCONT quiet and resume the worker meanwhile.
#[cfg(unix)]
pub(super) async fn until_stopped(worker: &WorkerHandle, signals: &mut Signals) {
    loop {
        let said = tokio::select! {
            said = signals.next() => said,
            () = worker.stops() => return,
        };
        match said {
            unix::Said::Stop(_) => return,
            unix::Said::Quiet => worker.quiet(),
            unix::Said::Resume => worker.resume(),
            unix::Said::Reload => signals.reload(),
        }
    }
}

/// Stops the worker; a second signal puts everything back within a second and ends the process.
#[cfg(unix)]
pub(super) async fn stop_or_exit(worker: WorkerHandle, mut signals: Signals) -> Result<()> {
    let hurry = worker.hurry();
    let stopping = worker.stop();
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            stopped = &mut stopping => return stopped,
            said = signals.next() => if let unix::Said::Stop(number) = said {
                hurry.now();
                let _ = tokio::time::timeout(std::time::Duration::from_secs(1), &mut stopping).await;
                std::process::exit(128 + number);
            },
        }
    }
}

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use crate::{
        error::{Error, Result},
        handle::Jobs,
    };

    pub(in crate::worker) enum Said {
        Stop(i32),
        Quiet,
        Resume,
        Reload,
    }

    pub(in crate::worker) struct Signals {
        term: Signal,
        int: Signal,
        quiet: Signal,
        resume: Signal,
        /// Only with settings from a file; otherwise it ends the process, as ever.
        reload: Option<Signal>,
        jobs: Jobs,
    }

    impl Signals {
        pub(in crate::worker) fn listen(jobs: &Jobs) -> Result<Self> {
            let listen = |kind| {
                signal(kind).map_err(|source| Error::Io {
                    what: "listening for signals".into(),
                    source,
                })
            };
            Ok(Self {
                term: listen(SignalKind::terminate())?,
                int: listen(SignalKind::interrupt())?,
                quiet: listen(SignalKind::from_raw(libc::SIGTSTP))?,
                resume: listen(SignalKind::from_raw(libc::SIGCONT))?,
                reload: match has_file(jobs) {
                    true => Some(listen(SignalKind::hangup())?),
                    false => None,
                },
                jobs: jobs.clone(),
            })
        }

        /// Reads the file of settings again.
        pub(in crate::worker) fn reload(&self) {
            #[cfg(feature = "config")]
            self.jobs.reload_file();
            #[cfg(not(feature = "config"))]
            let _ = &self.jobs;
        }

        pub(in crate::worker) async fn next(&mut self) -> Said {
            let reload = async {
                match &mut self.reload {
                    Some(reload) => reload.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.term.recv() => Said::Stop(libc::SIGTERM),
                _ = self.int.recv() => Said::Stop(libc::SIGINT),
                _ = self.quiet.recv() => Said::Quiet,
                _ = self.resume.recv() => Said::Resume,
                _ = reload => Said::Reload,
            }
        }
    }

    fn has_file(jobs: &Jobs) -> bool {
        #[cfg(feature = "config")]
        return jobs.config().is_some();
        #[cfg(not(feature = "config"))]
        {
            let _ = jobs;
            false
        }
    }
}

/// Ctrl-C, where there are no other signals.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen(_: &crate::handle::Jobs) -> Result<Self> {
        Ok(Self)
    }
}

/// Ctrl-C ends the wait.
#[cfg(not(unix))]
pub(super) async fn until_stopped(worker: &WorkerHandle, _: &mut Signals) {
    let pressed = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = pressed => {}
        () = worker.stops() => {}
    }
}

/// Stops the worker; a second Ctrl-C ends the process.
#[cfg(not(unix))]
pub(super) async fn stop_or_exit(worker: WorkerHandle, _: Signals) -> Result<()> {
    let hurry = worker.hurry();
    let stopping = worker.stop();
    tokio::pin!(stopping);
    tokio::select! {
        stopped = &mut stopping => stopped,
        _ = tokio::signal::ctrl_c() => {
            hurry.now();
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), &mut stopping).await;
            std::process::exit(130);
        }
    }
}
