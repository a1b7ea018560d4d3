//! A program whose settings come from a file: `cargo run -p guide --bin from_config`.
//!
//! It checks every file of `config/`, works with `application.toml` in an empty folder, and checks what came of it.

#![allow(clippy::print_stdout, reason = "what it prints is its result")]

mod tasks;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use jobs::{Config, Jobs, Queue};

use crate::tasks::{Beats, CleanupOldSessions, Whereabouts};

jobs::queues! {
    critical(weight = 4),
    high(weight = 3),
    default(weight = 2),
    low(weight = 1),
    high_priority,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    for entry in fs::read_dir(&files)? {
        let path = entry?.path();
        Config::load(&path)?.check()?;
        Config::load_for(&path, "production")?.check()?;
        println!("{} is right", path.display());
    }

    env::set_current_dir(fresh_folder()?)?;
    let jobs = Jobs::from_config(files.join("application.toml"))
        .state(Beats::default())
        .await?;
    jobs.install()?;
    let worker = jobs.worker().start().await?; // a server says `.run().await`, and SIGHUP reads the file again

    for queue in queues::ALL {
        ran_in(*queue).await?;
    }
    let removed = CleanupOldSessions::perform_later(30)
        .await?
        .result()
        .await?;
    println!("{removed}");

    let cleanup = jobs.recurring().get("cleanup_old_records").await?;
    let cleanup = cleanup.context("the file declares it")?;
    println!("{} runs next at {:?}", cleanup.name, cleanup.next_tick);
    ensure!(cleanup.zone == "Europe/Berlin" && cleanup.queue.as_deref() == Some("low"));

    beats(&jobs, true).await?;
    // As SIGHUP does, with a file that has no heartbeat any more.
    jobs.reload(Config::load(files.join("sidekiq.toml"))?)?;
    beats(&jobs, false).await?;
    worker.stop().await?;
    println!("all is as the files say");
    Ok(())
}

async fn ran_in(queue: Queue) -> anyhow::Result<()> {
    let ran = Whereabouts::perform_later().queue(queue).await?;
    let ran = ran.result_within(Duration::from_secs(20)).await?;
    ensure!(ran == queue.name(), "{queue}: {ran}");
    println!("a pool takes jobs from {queue}");
    Ok(())
}

/// Waits until the heart beats, or has stopped.
async fn beats(jobs: &Jobs, on: bool) -> anyhow::Result<()> {
    for _ in 0..200 {
        let task = jobs.recurring().get("heartbeat").await?;
        let task = task.context("it was declared")?;
        if if on {
            task.last_tick.is_some()
        } else {
            task.orphaned
        } {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!(
        "the heart should {}",
        if on { "beat" } else { "have stopped" }
    )
}

/// A folder without the files of an earlier run.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    let out: PathBuf = env::var_os("GUIDE_OUT").map_or("out/guide".into(), PathBuf::from);
    for name in ["jobs.db", "jobs.db-wal", "jobs.db-shm"] {
        let _ = fs::remove_file(out.join(name));
    }
    let _ = fs::remove_dir_all(out.join("jobs.db-workers"));
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;
    Ok(out)
}
