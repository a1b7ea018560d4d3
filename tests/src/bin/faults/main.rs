//! The fault matrix: real processes, real databases, and what is done to them.
//!
//! `cargo run -p jobs-tests --bin faults` runs every cell; `--only NAME` those whose names contain it, `--write` writes
//! the table to `docs/faults.md`; `--soak SECONDS` does random things to each backend for so long, under `--seed N`.
#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "a program whose output is its purpose"
)]

mod bouncer;
mod cells;
mod check;
mod ledger;
mod proxy;
mod roles;
mod scene;
mod server;
mod soak;
mod table;
mod work;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Parser;
use futures_util::FutureExt as _;

use self::{
    cells::{Cell, Found},
    roles::Role,
    scene::Stop,
    table::Row,
};

/// No cell may take longer.
const LONGEST: Duration = Duration::from_secs(180);

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Only cells whose names contain this, such as `postgres::` or `worker-killed`.
    #[arg(long)]
    only: Option<String>,
    /// Only those that every `cargo test` runs.
    #[arg(long)]
    quick: bool,
    /// Random faults for so many seconds on each backend instead of the cells; at most 600.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600))]
    soak: Option<u64>,
    /// Of the random faults.
    #[arg(long)]
    seed: Option<u64>,
    /// Lists the cells.
    #[arg(long)]
    list: bool,
    /// Writes the table to `docs/faults.md`.
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let threads = match &arguments.role {
        Some(Role::Worker { threads, .. }) => *threads,
        _ => 2,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let Some(role) = arguments.role else {
        return runtime.block_on(matrix(&arguments));
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(std::env::var("FAULTS_LOG").unwrap_or_else(|_| "jobs=warn".into()))
        .init();
    match runtime.block_on(roles::play(role)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn matrix(arguments: &Arguments) -> ExitCode {
    if let Some(seconds) = arguments.soak {
        return soak(arguments, Duration::from_secs(seconds)).await;
    }
    let wanted = |cell: &&Cell| {
        let only = arguments.only.as_ref();
        let named = only.is_none_or(|only| cell.title().contains(only.as_str()));
        named && (cell.quick || !arguments.quick)
    };
    let chosen: Vec<_> = cells::all().filter(wanted).collect();
    if arguments.list {
        for cell in &chosen {
            println!("{}", cell.title());
        }
        return ExitCode::SUCCESS;
    }
    if chosen.is_empty() {
        eprintln!("no cell has such a name; `--list` shows them");
        return ExitCode::from(2);
    }
    let mut rows = Vec::new();
    for cell in chosen {
        let began = Instant::now();
        let outcome = run(cell).await;
        let row = Row::new(cell, began.elapsed(), outcome);
        println!("{}", row.line());
        rows.push(row);
    }
    println!("\n{}", table::summary(&rows));
    if arguments.write
        && let Err(error) = table::write(&rows)
    {
        eprintln!("docs/faults.md cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    match rows.iter().any(Row::failed) {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    }
}

async fn soak(arguments: &Arguments, time: Duration) -> ExitCode {
    let seed = arguments.seed.unwrap_or_else(rand::random);
    let mut code = ExitCode::SUCCESS;
    for backend in [cells::Backend::Sqlite, cells::Backend::Postgres] {
        let named = arguments.only.as_ref();
        if named.is_some_and(|only| !backend.to_string().contains(only.as_str())) {
            continue;
        }
        println!("{backend}: {} s under --seed {seed}", time.as_secs());
        match soak::soak(backend, seed, time).await {
            Ok(found) => println!("ok      {backend}: {:?}; {}", found.counts, found.note),
            Err(stop) => {
                println!("FAILED  {backend}: {stop:?}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

async fn run(cell: &'static Cell) -> Result<Found, Stop> {
    let bounded = tokio::time::timeout(LONGEST, (cell.run)(cell.backend));
    // A panic is this cell's failure and no more.
    match std::panic::AssertUnwindSafe(bounded).catch_unwind().await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) => Err(Stop::Failed(format!("not over within {LONGEST:?}"))),
        Err(_) => Err(Stop::Failed("the cell panicked".into())),
    }
}
