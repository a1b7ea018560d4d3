//! A Postgres of a cell's own, to be stopped, filled and cut off.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use jobs::sqlx::{self, AssertSqlSafe, Connection as _, PgConnection};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::scene::{Outcome, Stop, broken, failed, in_time, signal_to};

/// One server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    process: Mutex<Option<Child>>,
    programs: PathBuf,
    pub port: u16,
    pub data: PathBuf,
    settings: Vec<String>,
    folder: TempDir,
}

/// A command, as the user `postgres` where we are root: servers refuse to run as root.
pub fn as_postgres(program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

/// Lets the server's user write there.
pub fn give(folder: &Path) -> Outcome {
    if rustix::process::geteuid().is_root() {
        let given = Command::new("chown").arg("postgres").arg(folder).status();
        if !given.map_err(broken)?.success() {
            return failed("chown failed");
        }
    }
    Ok(())
}

/// A port that nobody uses.
pub fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(broken)?;
    Ok(listener.local_addr().map_err(broken)?.port())
}

fn programs() -> Outcome<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<_> = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let missing = || Stop::Skipped("no Postgres server is installed".into());
    found.pop().ok_or_else(missing)
}

impl Server {
    /// With these settings, and its data there instead of in a temporary folder.
    pub async fn start(settings: &[&str], data: Option<&Path>) -> Outcome<Self> {
        let programs = programs()?;
        let folder = TempDir::with_prefix("jobs-faults-postgres-").map_err(broken)?;
        give(folder.path())?;
        let data = data.unwrap_or(folder.path()).join("data");
        let made = as_postgres(&programs.join("initdb"))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
            .args(["--wal-segsize=1", "-D"])
            .arg(&data)
            .output()
            .map_err(broken)?;
        if !made.status.success() {
            return failed(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let server = Self {
            process: Mutex::new(None),
            programs,
            port: free_port()?,
            data,
            settings: settings.iter().map(|&text| text.to_owned()).collect(),
            folder,
        };
        server.begin().await?;
        Ok(server)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, after a stop too, and waits until it answers.
    pub async fn begin(&self) -> Outcome {
        let mut command = as_postgres(&self.programs.join("postgres"));
        command.arg("-D").arg(&self.data);
        command.arg("-k").arg(self.folder.path());
        command.args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            "max_wal_size=32MB",
        ] {
            command.args(["-c", setting]);
        }
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .map_err(broken)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = child.spawn().map_err(broken)?;
        *self.process.lock().expect("unpoisoned") = Some(child);
        in_time(Duration::from_secs(20), "the server answers", async || {
            Ok(self.session().await.is_ok())
        })
        .await
    }

    /// Stops it: with SIGINT fast, with SIGQUIT at once and without a word to the disk.
    pub async fn stop(&self, signal: Signal) -> Outcome {
        let pid = std::fs::read_to_string(self.data.join("postmaster.pid")).map_err(broken)?;
        let pid = pid.lines().next().and_then(|pid| pid.trim().parse().ok());
        signal_to(pid.ok_or_else(|| broken("no pid"))?, signal)?;
        self.gone().await
    }

    /// Waits until it has ended, whyever.
    pub async fn gone(&self) -> Outcome {
        in_time(Duration::from_secs(20), "the server ends", async || {
            let mut process = self.process.lock().expect("unpoisoned");
            let ended = process.as_mut().map(Child::try_wait);
            Ok(!matches!(ended, Some(Ok(None))))
        })
        .await
    }

    /// Whether it still runs.
    pub fn runs(&self) -> bool {
        let mut process = self.process.lock().expect("unpoisoned");
        matches!(process.as_mut().map(Child::try_wait), Some(Ok(None)))
    }

    /// A connection for what the cell does to it.
    pub async fn session(&self) -> Outcome<PgConnection> {
        let connecting = PgConnection::connect(&self.url());
        tokio::time::timeout(Duration::from_secs(5), connecting)
            .await
            .map_err(broken)?
            .map_err(broken)
    }

    /// Some statements, one after the other.
    pub async fn tell(&self, statements: &[&str]) -> Outcome {
        let mut session = self.session().await?;
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe((*statement).to_owned()))
                .execute(&mut session)
                .await
                .map_err(broken)?;
        }
        session.close().await.map_err(broken)
    }

    /// Ends every other session; gives how many.
    pub async fn terminate_all(&self) -> Outcome<i64> {
        let mut session = self.session().await?;
        let ended = sqlx::query_scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        );
        ended.fetch_one(&mut session).await.map_err(broken)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let pid = pid.lines().next().and_then(|pid| pid.trim().parse().ok());
        if let Some(pid) = pid {
            let _ = signal_to(pid, Signal::QUIT);
        }
        if let Some(mut process) = self.process.lock().expect("unpoisoned").take() {
            let _ = process.wait();
        }
    }
}
