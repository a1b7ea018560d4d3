//! Disks without room.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use super::{Backend, Company, Found, cells};
use crate::{
    check::Twice,
    scene::{Outcome, Scene, Spec, Stop, broken, pause, within},
    server::{Server, give},
};

cells! {
    full "disk-full" on Sqlite: full_file, "the file's disk full for three seconds";
    full "disk-full" on Postgres: full_server, "the server's disk full for four seconds; it may crash, and is started again";
}

/// A small file system in memory; it goes when this is dropped.
struct Disk(TempDir);

impl Disk {
    fn mount(size: &str) -> Outcome<Self> {
        let folder = TempDir::with_prefix("jobs-faults-disk-").map_err(broken)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Self(folder)),
            _ => Err(Stop::Skipped("file systems cannot be mounted here".into())),
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte.
    fn fill(&self) -> Outcome<PathBuf> {
        let path = self.path().join("filler");
        let mut filler = File::create(&path).map_err(broken)?;
        let mut block = vec![1; 1 << 20];
        while !block.is_empty() {
            if filler.write_all(&block).is_err() {
                block.truncate(block.len() / 2);
            }
        }
        Ok(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

async fn full_file(_: Backend) -> Outcome<Found> {
    let disk = Disk::mount("8m")?;
    let scene = Scene::with(None, Some(disk.path()))?;
    let company = Company::start(&scene, Spec::default()).await?;
    let filler = disk.fill()?;
    within(Duration::from_secs(20), "enqueues are refused", || {
        scene.ledger.count("refused") > 10
    })
    .await?;
    pause(3_000).await;
    std::fs::remove_file(filler).map_err(broken)?;
    company.finish(&scene, Twice::Never).await
}

async fn full_server(_: Backend) -> Outcome<Found> {
    let disk = Disk::mount("160m")?;
    give(disk.path())?;
    let server = Server::start(&[], Some(disk.path())).await?;
    let scene = Scene::with(Some(server), None)?;
    let company = Company::start(&scene, Spec::default()).await?;
    let filler = disk.fill()?;
    pause(4_000).await;
    let server = scene.server()?;
    let ran = server.runs();
    std::fs::remove_file(filler).map_err(broken)?;
    if !ran {
        server.begin().await?;
    }
    // Its recovery may have begun anew meanwhile.
    scene.goes_on(60, 40, Duration::from_secs(40)).await?;
    let mut found = company.finish(&scene, Twice::InDoubt).await?;
    found.note = if ran {
        "the server lived on"
    } else {
        "the server crashed"
    }
    .into();
    Ok(found)
}
