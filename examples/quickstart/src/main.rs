//! Sends a welcome mail to each user of a CSV file, with retries, a bounce and a dead letter.
//!
//! `cargo run -p quickstart` writes everything into `out/quickstart`; `QUICKSTART_OUT` names another folder.

#![allow(unreachable_pub, reason = "a program has no outside")]

mod mail;
mod report;
mod tasks;
mod users;

use std::{env, fs, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jobs::{JobHandle, Jobs};

use crate::{mail::Mail, tasks::SendWelcomeEmail, users::Users};

// Every queue of the program; `#[job(queue = "critcal")]` does not compile.
jobs::queues! {
    critical(weight = 4),
    default(weight = 2),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = env::var("RUST_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();

    let out = fresh_folder()?;
    let users = Users::read(include_str!("../users.csv"))?;
    let database = out.join("jobs.db");
    let jobs = Jobs::builder(&format!("sqlite://{}", database.display()))
        .state(users.clone())
        .state_dyn::<dyn Mail>(Arc::new(mail::Simulated::into_folder(out.join("mail"))?))
        .connect()
        .await?;
    jobs.install()?;

    let mut handles = Vec::new();
    for id in users.ids() {
        handles.push(SendWelcomeEmail::perform_later(id).await?);
    }
    eprintln!("{} welcome mails enqueued", handles.len());

    // A server would say `jobs.worker().run().await?`, which lasts until Ctrl-C; this program stops when all is done.
    jobs.worker().run_until(all_ended(&handles)).await?;

    report::print(&jobs, &handles, &users, &out).await
}

/// A folder without the files of an earlier run.
fn fresh_folder() -> anyhow::Result<PathBuf> {
    let out = env::var_os("QUICKSTART_OUT").map_or("out/quickstart".into(), PathBuf::from);
    for name in ["jobs.db", "jobs.db-wal", "jobs.db-shm"] {
        let _ = fs::remove_file(out.join(name));
    }
    for name in ["jobs.db-workers", "mail"] {
        let _ = fs::remove_dir_all(out.join(name));
    }
    let mail = out.join("mail");
    fs::create_dir_all(&mail).with_context(|| format!("cannot create {}", mail.display()))?;
    Ok(out)
}

/// Resolves when every job has ended, well or not.
async fn all_ended(handles: &[JobHandle<()>]) {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} ended, {elapsed}");
    let bar = ProgressBar::new(handles.len() as u64);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    for handle in handles {
        // `Err` says that the job was discarded or is dead; the report tells which.
        let _ = handle.result_within(Duration::from_secs(60)).await;
        bar.inc(1);
    }
    bar.finish();
}
