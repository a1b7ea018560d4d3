//! SIGHUP, in a real process.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use jobs_tests::{
    place::{Place, until},
    tests,
};

use crate::{
    ledger::{Account, Ledger},
    work::{Door, Runs, builder},
};

tests!(a_hang_up_reads_the_file_again);

struct Process {
    child: Child,
    config: PathBuf,
    log: PathBuf,
    head: String,
}

impl Process {
    fn start(place: &Place, ledger: &Ledger, settings: &str) -> Self {
        let log = place.folder().join("log");
        let config = place.folder().join("jobs.toml");
        let head = format!(
            "[database]\nurl = \"{}\"\nschema = \"{}\"\n",
            place.url, place.schema
        );
        std::fs::write(&config, format!("{head}{settings}")).expect("written");
        let child = Command::new(env!("CARGO_BIN_EXE_configured_process"))
            .arg(&config)
            .arg(ledger.path())
            .stdin(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("it starts");
        Self {
            child,
            config,
            log,
            head,
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
    }

    /// Writes other settings, sends the signal, and waits until the log has one more line of this kind.
    async fn reload(&self, settings: &str, line: &str) {
        let count = |log: String| log.matches(line).count();
        let before = count(self.log());
        std::fs::write(&self.config, format!("{}{settings}", self.head)).expect("written");
        self.signal("HUP");
        until(line, async || count(self.log()) > before).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn a_hang_up_reads_the_file_again(place: Arc<Place>) {
    let ledger = Ledger::at(place.folder().join("ledger"));
    let jobs = builder(&place, &Door::shut(), &Runs::default())
        .await
        .expect("connected");
    let mut process = Process::start(
        &place,
        &ledger,
        "[pools.main]\nqueues = [\"default\"]\nconcurrency = 1\n",
    );
    until("it works", async || {
        process.log().contains("worker started")
    })
    .await;
    for n in 0..4 {
        jobs.enqueue(Account { n, millis: 60_000 })
            .await
            .expect("enqueued");
    }
    until("one runs", async || ledger.count("start") == 1).await;

    let bad = "[pools.main]\nqueues = [\"default\"]\nconcurrency = 4\npriority = 1\n";
    process.reload(bad, "the old ones stay").await;
    assert!(
        process
            .log()
            .contains("jobs.toml:7:1: unknown key `priority`"),
        "{}",
        process.log()
    );
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(ledger.count("start"), 1, "the old settings stay");

    let good = "[pools.main]\nqueues = [\"default\"]\nconcurrency = 3\n[worker]\nlease = \"20s\"\nshutdown_timeout = \"0s\"\n";
    process.reload(good, "the settings were read again").await;
    until("three run", async || ledger.count("start") == 3).await;
    assert!(
        process
            .log()
            .contains("worker.shutdown_timeout, worker.lease"),
        "{}",
        process.log()
    );

    process.signal("TERM");
    process.signal("TERM");
    until("it ends", || {
        let ended = process.child.try_wait().expect("it can be waited for");
        std::future::ready(ended.is_some())
    })
    .await;
}
