//! A shop with a worker, an hour of history, a worker that was killed, and the dashboard over it.

use std::{
    process::{Child, Command},
    time::Duration,
};

use axum::Router;
use chrono::{TimeDelta, Utc};
use jobs::{
    Jobs,
    storage::{
        StorageOptions,
        inspect::{Inspect as _, Outcome, StatCount},
        sqlite::SqliteStorage,
    },
};
use jobs_web::BasicAuth;
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

pub(crate) const CHILD: &str = "work-until-killed";

pub(crate) struct Site {
    pub(crate) jobs: Jobs,
    port: u16,
    _folder: TempDir,
    runtime: Option<Runtime>,
}

impl Site {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("jobs.db").display());
        let runtime = Runtime::new().expect("a runtime");
        let (jobs, port) = runtime.block_on(serve(&url));
        Self {
            jobs,
            port,
            _folder: folder,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/admin/jobs{path}", self.port)
    }

    /// The address that gives name and password; browsers send them from then on.
    pub(crate) fn entry(&self) -> String {
        self.address("").replace("127", "ops:ops@127")
    }

    /// Every page, with a name for its picture.
    pub(crate) async fn pages(&self) -> Vec<(&'static str, String)> {
        let inspector = self.jobs.inspect();
        let of = async |name: &str, state| {
            let filter = jobs::inspect::Filter {
                name: Some(name.into()),
                states: vec![state],
                ..Default::default()
            };
            inspector.jobs(&filter, None, 1).await.expect("read").items[0].id
        };
        let dead = of("ChargeCard", jobs::State::Dead).await;
        let running = of("BuildReport", jobs::State::Running).await;
        let blocked = of("SyncAccount", jobs::State::Blocked).await;
        let member = of("ImportOrders", jobs::State::Ready).await;
        let group = inspector.dead_groups().await.expect("read")[0]
            .fingerprint
            .clone();
        vec![
            ("overview", String::new()),
            ("queues", "/queues".into()),
            ("jobs", "/jobs".into()),
            ("jobs-dead", "/jobs?state=dead&error=bank".into()),
            ("jobs-none", "/jobs?name=nobody".into()),
            ("job-dead", format!("/jobs/{dead}")),
            ("job-running", format!("/jobs/{running}")),
            ("job-blocked", format!("/jobs/{blocked}")),
            ("job-in-batch", format!("/jobs/{member}")),
            ("job-edit", format!("/jobs/{blocked}/edit")),
            ("dead", "/dead".into()),
            ("dead-group", format!("/dead/{group}")),
            ("recurring", "/recurring".into()),
            ("workers", "/workers".into()),
            ("enqueue", "/enqueue".into()),
            ("enqueue-form", "/enqueue?name=SendWelcomeEmail".into()),
            ("audit", "/audit".into()),
            ("missing", "/nowhere".into()),
        ]
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(2));
        }
    }
}

async fn serve(url: &str) -> (Jobs, u16) {
    let jobs = Jobs::connect(url).await.expect("connected");
    dashboard::fill(&jobs).await.expect("filled");
    history(url).await;
    killed(url, &jobs).await;
    let worker = jobs
        .worker()
        .queues(dashboard::served())
        .concurrency(6)
        .shutdown_timeout(Duration::ZERO);
    let worker = worker.start().await.expect("started");
    let inspector = jobs.inspect().as_actor("cli:ann");
    inspector.pause("low").await.expect("paused");
    jobs_tests::place::until("the shop is under way", async || {
        let states = inspector.overview().await.expect("read").states;
        states["succeeded"].count > 60
            && states["dead"].count > 5
            && states["blocked"].count > 0
            && states["running"].count > 1
    })
    .await;
    let people = BasicAuth::new("ops", "ops").read_only("guest", "guest");
    let app = Router::new().nest(
        "/admin/jobs",
        jobs_web::dashboard(jobs.clone()).authorize(people),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let _worker = worker;
        axum::serve(listener, app).await.expect("served");
    });
    (jobs, port)
}

/// What ended in the two days before.
async fn history(url: &str) {
    let storage = SqliteStorage::connect(url, StorageOptions::default())
        .await
        .expect("opened");
    let kind = storage.kinds().await.expect("read")[0].id;
    let now = Utc::now();
    for minute in 1..180i64 {
        let wave = ((minute as f64 / 9.0).sin() * 30.0 + 55.0) as u64;
        let failed = if (20..28).contains(&(minute % 60)) {
            wave / 4
        } else {
            wave / 40
        };
        let count = |outcome, count| StatCount {
            kind,
            outcome,
            count,
            micros: count * (90_000 + wave * 900),
        };
        let counts = vec![
            count(Outcome::Succeeded, wave),
            count(Outcome::Retried, failed),
            count(Outcome::Cancelled, u64::from(minute % 15 == 0) * 4),
        ];
        storage
            .add_stats(counts, Some(now - TimeDelta::minutes(minute)))
            .await
            .expect("noted");
    }
    for hour in 3..170i64 {
        let wave = ((hour as f64 / 3.8).sin() * 900.0 + 2_100.0) as u64;
        let count = |outcome, count| StatCount {
            kind,
            outcome,
            count,
            micros: count * 120_000,
        };
        let counts = vec![
            count(Outcome::Succeeded, wave),
            count(Outcome::Dead, wave / 50),
        ];
        storage
            .add_stats(counts, Some(now - TimeDelta::hours(hour)))
            .await
            .expect("noted");
    }
}

/// A worker process that dies without a word.
async fn killed(url: &str, jobs: &Jobs) {
    let program = std::env::current_exe().expect("this program");
    let mut child: Child = Command::new(program)
        .args([CHILD, url])
        .spawn()
        .expect("a process");
    let inspector = jobs.inspect();
    jobs_tests::place::until("it has registered", async || {
        inspector
            .workers()
            .await
            .expect("read")
            .iter()
            .any(|worker| worker.pid == child.id())
    })
    .await;
    child.kill().expect("killed");
    child.wait().expect("gone");
}

/// What the process does that is to be killed.
pub(crate) async fn work_until_killed(url: String) {
    let jobs = Jobs::connect(&url).await.expect("connected");
    let _worker = jobs
        .worker()
        .queues([dashboard::queues::imports])
        .start()
        .await
        .expect("started");
    std::future::pending::<()>().await;
}
