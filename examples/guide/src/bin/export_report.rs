//! A report is written as CSV, uploaded, and its owner told: three jobs as one chain.
//!
//! `cargo run -p guide --bin export_report` works in `out/export_report`; `GUIDE_OUT` names another folder. Killed there and
//! started again, it goes on.

#![allow(clippy::print_stdout, reason = "it reports")]

#[path = "../folder.rs"]
mod folder;

use std::{fs, io::ErrorKind, path::PathBuf, time::Duration};

use anyhow::{Context as _, ensure};
use jobs::{
    JobHandle, Jobs, job,
    sqlx::{self, Sqlite},
};
use serde::{Deserialize, Serialize};

jobs::queues! {
    high(weight = 3),
    default(weight = 2),
}

const LIMIT: Duration = Duration::from_secs(30);

/// Where the program keeps its files; a real one would have a database and a bucket.
struct Files(PathBuf);

#[derive(Debug, Serialize, Deserialize)]
struct ExportedFile {
    path: PathBuf,
    rows: usize,
}

/// Writes the report. Done twice it writes the same file.
#[job]
async fn export_report(
    report_id: i64,
    #[state] files: &Files,
) -> Result<ExportedFile, std::io::Error> {
    let lines: Vec<String> = (1..=report_id).map(|n| format!("{n},{}", n * n)).collect();
    let path = files.0.join(format!("report-{report_id}.csv"));
    fs::write(&path, format!("n,square\n{}\n", lines.join("\n")))?;
    Ok(ExportedFile {
        path,
        rows: lines.len(),
    })
}

/// Uploads what was exported: a chain fills `file`.
#[job(retry_on(std::io::Error, attempts = 5))]
async fn upload_to_s3(
    #[input] file: ExportedFile,
    report_id: i64,
    #[state] files: &Files,
) -> Result<String, std::io::Error> {
    let bucket = files.0.join("bucket");
    fs::create_dir_all(&bucket)?;
    let uploaded = bucket.join(format!("{report_id}.csv"));
    // Under its name only once it is whole; and the export is removed last, so that a run after a crash that does not find
    // it finds it uploaded.
    let part = bucket.join(format!("{report_id}.csv.part"));
    match fs::copy(&file.path, &part) {
        Ok(_) => {
            fs::rename(&part, &uploaded)?;
            fs::remove_file(&file.path)?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound && uploaded.exists() => {}
        Err(error) => return Err(error),
    }
    Ok(format!(
        "https://bucket.example/{report_id}.csv?rows={}",
        file.rows
    ))
}

/// Tells the owner.
#[job(queue = "high")]
async fn notify_ready(
    #[input] url: String,
    report_id: i64,
    #[state] files: &Files,
) -> Result<(), std::io::Error> {
    fs::write(
        files.0.join("mail.txt"),
        format!("report {report_id} is at {url}"),
    )
}

/// The chain, enqueued with a note of it; one that is there already is taken.
async fn order(jobs: &Jobs, report_id: i64) -> anyhow::Result<JobHandle<()>> {
    let mut tx = jobs.begin::<Sqlite>().await?;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS reports (id INTEGER PRIMARY KEY, job TEXT NOT NULL)")
        .execute(&mut **tx)
        .await?;
    let known: Option<String> = sqlx::query_scalar("SELECT job FROM reports WHERE id = ?1")
        .bind(report_id)
        .fetch_optional(&mut **tx)
        .await?;
    let handle = match known {
        Some(id) => jobs.handle::<NotifyReady>(id.parse()?),
        None => {
            let handle = jobs::chain(ExportReport { report_id })
                .then(UploadToS3::after(report_id))
                .then(NotifyReady::after(report_id))
                .in_transaction(&mut tx)
                .enqueue()
                .await?;
            sqlx::query("INSERT INTO reports (id, job) VALUES (?1, ?2)")
                .bind(report_id)
                .bind(handle.id().to_string())
                .execute(&mut **tx)
                .await?;
            handle
        }
    };
    tx.commit().await?;
    Ok(handle)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let out = folder::folder("export_report")?;
    let jobs = Jobs::builder(&format!("sqlite://{}", out.join("jobs.db").display()))
        .state(Files(out.clone()))
        .connect()
        .await?;
    jobs.install()?;
    let done = order(&jobs, 7).await?;

    // Its tests kill it more often than a job may die by default.
    let worker = jobs
        .worker()
        .concurrency(1)
        .max_crashes(100)
        .start()
        .await?;
    done.result_within(LIMIT).await?;
    worker.stop().await?;

    let mail = fs::read_to_string(out.join("mail.txt")).context("no mail")?;
    ensure!(
        mail == "report 7 is at https://bucket.example/7.csv?rows=7",
        "{mail}"
    );
    ensure!(out.join("bucket/7.csv").exists(), "nothing was uploaded");
    ensure!(
        !out.join("report-7.csv").exists(),
        "the file was left behind"
    );
    println!("{mail}");
    Ok(())
}
