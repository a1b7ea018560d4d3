//! What the processes of a cell do; each is this same program with other arguments.

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;
use jobs::{
    Jobs,
    sqlx::{self, AssertSqlSafe, Connection as _, SqliteConnection},
};

use crate::{ledger::Ledger, work::Step};

#[derive(Debug, Clone, Subcommand)]
pub enum Role {
    /// Runs jobs until it is told to stop.
    #[command(hide = true)]
    Worker {
        url: String,
        schema: String,
        ledger: PathBuf,
        concurrency: usize,
        lease_ms: u64,
        threads: usize,
    },
    /// Enqueues from several tasks at once until the file `LEDGER.stop` is there.
    #[command(hide = true)]
    Enqueuer {
        url: String,
        schema: String,
        ledger: PathBuf,
        first: u64,
        tasks: u64,
    },
    /// Keeps a SQLite file locked for a while.
    #[command(hide = true)]
    Locker { url: String, millis: u64 },
}

pub async fn play(role: Role) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match role {
        Role::Worker {
            url,
            schema,
            ledger,
            concurrency,
            lease_ms,
            ..
        } => {
            let jobs = connect(&url, &schema, &Ledger::at(ledger)).await;
            let worker = jobs.worker().concurrency(concurrency);
            worker.lease(Duration::from_millis(lease_ms)).run().await?;
        }
        Role::Enqueuer {
            url,
            schema,
            ledger,
            first,
            tasks,
        } => {
            let stop = ledger.with_extension("stop");
            let ledger = Ledger::at(ledger);
            let jobs = connect(&url, &schema, &ledger).await;
            let tasks: Vec<_> = (0..tasks)
                .map(|task| first + task * 1_000_000)
                .map(|first| tokio::spawn(enqueue(jobs.clone(), first, ledger.clone())))
                .collect();
            while !stop.exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            for task in &tasks {
                task.abort();
            }
            jobs.close().await;
        }
        Role::Locker { url, millis } => {
            let mut file = SqliteConnection::connect(&url).await?;
            sqlx::raw_sql("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
                .execute(&mut file)
                .await?;
            tokio::time::sleep(Duration::from_millis(millis)).await;
            sqlx::raw_sql(AssertSqlSafe("COMMIT".to_owned()))
                .execute(&mut file)
                .await?;
        }
    }
    Ok(())
}

/// A process that starts while its database is away comes again until it is there, as a supervisor would see to.
async fn connect(url: &str, schema: &str, ledger: &Ledger) -> Jobs {
    loop {
        let builder = Jobs::builder(url).schema(schema).state(ledger.clone());
        match builder.connect().await {
            Ok(jobs) => return jobs,
            Err(error) => eprintln!("cannot connect yet: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// One job after the other, each with a number of its own; what was answered is written down.
async fn enqueue(jobs: Jobs, first: u64, ledger: Ledger) {
    for n in first.. {
        let millis = rand::random_range(0..100);
        match jobs.enqueue(Step { n, millis }).await {
            Ok(job) => ledger.note(format_args!("promised {n} {}", job.id())),
            Err(error) => {
                let text = error.to_string();
                ledger.note(format_args!("refused {n} {}", text.replace('\n', " ")));
            }
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}
