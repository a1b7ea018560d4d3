//! A report is written as CSV, uploaded, and its owner told: three jobs as one chain.
//!
//! `cargo run -p guide --bin export_report` works in `out/export_report`; `GUIDE_OUT` names another folder.

#![allow(clippy::print_stdout, reason = "it reports")]

use std::{env, fs, path::PathBuf};

use anyhow::{Context as _, ensure};
use jobs::{Jobs, job};
use serde::{Deserialize, Serialize};

jobs::queues! {
    high(weight = 3),
    default(weight = 2),
}

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
    fs::copy(&file.path, bucket.join(format!("{report_id}.csv")))?;
    // Removed last, and gone already is well: a second run after a crash finds it uploaded.
    match fs::remove_file(&file.path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let out = env::var_os("GUIDE_OUT").map_or("out/export_report".into(), PathBuf::from);
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out)?;
    let jobs = Jobs::builder(&format!("sqlite://{}", out.join("jobs.db").display()))
        .state(Files(out.clone()))
        .connect()
        .await?;
    jobs.install()?;

    let report_id = 7;
    let done = jobs::chain(ExportReport { report_id })
        .then(UploadToS3::after(report_id))
        .then(NotifyReady::after(report_id))
        .enqueue()
        .await?;

    let worker = jobs.worker().concurrency(1).start().await?;
    done.result().await?;
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
