//! A PgBouncer in transaction mode of a cell's own.

use std::{
    path::Path,
    process::{Child, Stdio},
};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{
    scene::{Outcome, Stop, broken, signal_to},
    server::{as_postgres, free_port, give},
};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

#[derive(Debug)]
pub struct Bouncer {
    process: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Bouncer {
    pub fn start(server: u16) -> Outcome<Self> {
        if !Path::new(PROGRAM).exists() {
            return Err(Stop::Skipped("PgBouncer is not installed".into()));
        }
        let folder = TempDir::with_prefix("jobs-faults-pgbouncer-").map_err(broken)?;
        let (port, users) = (free_port()?, folder.path().join("users.txt"));
        let ini = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 8\n\
             pidfile = {}\n",
            users.display(),
            folder.path().join("pid").display(),
        );
        std::fs::write(&users, "\"postgres\" \"\"\n").map_err(broken)?;
        std::fs::write(folder.path().join("ini"), ini).map_err(broken)?;
        give(folder.path())?;
        let mut bouncer = Self {
            process: None,
            port,
            folder,
        };
        bouncer.begin()?;
        Ok(bouncer)
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub fn begin(&mut self) -> Outcome {
        // A killed one has left its file behind.
        let _ = std::fs::remove_file(self.folder.path().join("pid"));
        let child = as_postgres(Path::new(PROGRAM))
            .arg(self.folder.path().join("ini"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(child.map_err(broken)?);
        Ok(())
    }

    /// Kills it.
    pub fn stop(&mut self) -> Outcome {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).map_err(broken)?;
        let pid = pid.trim().parse().map_err(broken)?;
        signal_to(pid, Signal::KILL)?;
        if let Some(mut process) = self.process.take() {
            process.wait().map_err(broken)?;
        }
        Ok(())
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
