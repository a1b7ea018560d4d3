//! One cell's database, processes and ledger; they end with it.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jobs::Jobs;
use jobs_tests::postgres::fresh_schema;
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

use crate::{cells::Backend, ledger::Ledger, server::Server};

/// Why a cell did not pass.
#[derive(Debug)]
pub enum Stop {
    /// Something does not hold.
    Failed(String),
    /// It cannot be tried here.
    Skipped(String),
}

pub type Outcome<T = ()> = Result<T, Stop>;

pub fn failed<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Stop::Failed(why.into()))
}

/// Any error of the scenery.
pub fn broken(error: impl std::fmt::Display) -> Stop {
    Stop::Failed(error.to_string())
}

/// A process of the cell.
#[derive(Debug)]
pub struct Process {
    child: Child,
    what: &'static str,
    /// It is meant to end: killed, or told to stop.
    meant: bool,
}

impl Process {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) -> Outcome {
        signal_to(self.pid(), signal)
    }

    pub fn kill(&mut self) -> Outcome {
        self.meant = true;
        self.child.kill().map_err(broken)?;
        self.child.wait().map_err(broken)?;
        Ok(())
    }
}

pub fn signal_to(pid: u32, signal: Signal) -> Outcome {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| Stop::Failed("no such process".into()))?;
    rustix::process::kill_process(pid, signal).map_err(broken)
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a worker is started.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    pub concurrency: usize,
    pub lease: Duration,
    pub threads: usize,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease: Duration::from_secs(15),
            threads: 2,
        }
    }
}

#[derive(Debug)]
pub struct Scene {
    pub folder: TempDir,
    /// Where the database is.
    pub url: String,
    /// What the processes are told instead: a proxy or a pooler.
    pub through: Mutex<Option<String>>,
    pub schema: String,
    pub ledger: Ledger,
    pub server: Option<Server>,
    next: AtomicU64,
}

impl Scene {
    pub async fn set(backend: Backend, settings: &[&str]) -> Outcome<Self> {
        let server = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Server::start(settings, None).await?),
        };
        Self::with(server, None)
    }

    /// With a server of the cell's own, or a folder of the cell's own for the file.
    pub fn with(server: Option<Server>, files: Option<&Path>) -> Outcome<Self> {
        let folder = TempDir::with_prefix("jobs-faults-").map_err(broken)?;
        let url = match &server {
            Some(server) => server.url(),
            None => {
                let folder = files.unwrap_or(folder.path());
                format!("sqlite://{}", folder.join("jobs.db").display())
            }
        };
        Ok(Self {
            url,
            through: Mutex::new(None),
            schema: fresh_schema(),
            ledger: Ledger::at(folder.path().join("ledger")),
            folder,
            server,
            next: AtomicU64::new(1),
        })
    }

    pub fn server(&self) -> Outcome<&Server> {
        self.server
            .as_ref()
            .ok_or_else(|| Stop::Failed("no server in this cell".into()))
    }

    /// The database's file.
    pub fn file(&self) -> PathBuf {
        PathBuf::from(self.url.trim_start_matches("sqlite://"))
    }

    /// From now on processes are told this URL.
    pub fn through(&self, url: String) {
        *self.through.lock().expect("unpoisoned") = Some(url);
    }

    fn told(&self) -> String {
        let through = self.through.lock().expect("unpoisoned");
        through.clone().unwrap_or_else(|| self.url.clone())
    }

    pub async fn connect(&self) -> Outcome<Jobs> {
        let builder = Jobs::builder(&self.url).schema(&self.schema);
        builder
            .state(self.ledger.clone())
            .connect()
            .await
            .map_err(broken)
    }

    pub fn worker(&self, spec: Spec) -> Outcome<Process> {
        let lease = spec.lease.as_millis().to_string();
        let (slots, threads) = (spec.concurrency.to_string(), spec.threads.to_string());
        self.process("worker", &[&slots, &lease, &threads])
    }

    pub fn enqueuer(&self, tasks: u64) -> Outcome<Process> {
        let first = self.next.fetch_add(1, Ordering::Relaxed) * 1_000_000_000;
        self.process("enqueuer", &[&first.to_string(), &tasks.to_string()])
    }

    fn process(&self, what: &'static str, more: &[&str]) -> Outcome<Process> {
        let mut command = Command::new(std::env::current_exe().map_err(broken)?);
        command.args([what, &self.told(), &self.schema]);
        command.arg(self.ledger.path()).args(more);
        self.spawn(command, what)
    }

    pub fn locker(&self, millis: u64) -> Outcome<Process> {
        let mut command = Command::new(std::env::current_exe().map_err(broken)?);
        command.args(["locker", &self.url, &millis.to_string()]);
        self.spawn(command, "locker")
    }

    fn spawn(&self, mut command: Command, what: &'static str) -> Outcome<Process> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log())
            .map_err(broken)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        Ok(Process {
            child: child.spawn().map_err(broken)?,
            what,
            meant: false,
        })
    }

    /// Where the processes' log is.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the log says of something.
    pub fn logged(&self, text: &str) -> usize {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        log.lines().filter(|line| line.contains(text)).count()
    }

    /// Waits until so many jobs more have been promised and so many more runs have ended.
    pub async fn goes_on(&self, promised: usize, ended: usize, limit: Duration) -> Outcome {
        let (had, ran) = (self.ledger.count("promised"), self.ledger.count("end"));
        within(
            limit,
            &format!("{promised} promises and {ended} ends more"),
            || {
                self.ledger.count("promised") >= had + promised
                    && self.ledger.count("end") >= ran + ended
            },
        )
        .await
    }

    /// No enqueuer enqueues any more.
    pub async fn stop_enqueuing(&self, enqueuers: &mut [Process]) -> Outcome {
        std::fs::write(self.ledger.path().with_extension("stop"), "").map_err(broken)?;
        for enqueuer in enqueuers.iter_mut().filter(|process| !process.meant) {
            enqueuer.meant = true;
            let ended = within(Duration::from_secs(45), "the enqueuer ends", || {
                !matches!(enqueuer.child.try_wait(), Ok(None))
            });
            ended.await?;
        }
        Ok(())
    }

    /// No process has ended that was not meant to.
    pub fn all_live(&self, processes: &mut [Process]) -> Outcome {
        for process in processes.iter_mut().filter(|process| !process.meant) {
            if let Some(status) = process.child.try_wait().map_err(broken)? {
                return failed(format!("a {} ended by itself: {status}", process.what));
            }
        }
        Ok(())
    }
}

/// Waits until something holds.
pub async fn within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Outcome {
    in_time(limit, what, async || Ok(holds())).await
}

/// The same where asking takes time.
pub async fn in_time(
    limit: Duration,
    what: &str,
    mut holds: impl AsyncFnMut() -> Outcome<bool>,
) -> Outcome {
    let began = Instant::now();
    while !holds().await? {
        if began.elapsed() > limit {
            return failed(format!("not within {limit:?}: {what}"));
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Ok(())
}

pub async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
