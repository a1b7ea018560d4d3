//! A worker in a process of its own, for tests that kill, stop and signal it.
//!
//! Arguments: URL, schema, ledger file, concurrency, lease in milliseconds, shutdown timeout in milliseconds.

mod ledger;

use std::{process::ExitCode, time::Duration};

use jobs::Jobs;

use crate::ledger::Ledger;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, schema, ledger, concurrency, lease, shutdown] = arguments.as_slice() else {
        eprintln!("usage: worker_process URL SCHEMA LEDGER CONCURRENCY LEASE_MS SHUTDOWN_MS");
        return ExitCode::from(2);
    };
    let millis = |text: &str| Duration::from_millis(text.parse().unwrap_or(1_000));
    let work = async {
        let jobs = Jobs::builder(url)
            .schema(schema)
            .state(Ledger::at(ledger.into()))
            .connect()
            .await?;
        jobs.install()?;
        let worker = jobs
            .worker()
            .concurrency(concurrency.parse().unwrap_or(1))
            .lease(millis(lease))
            .shutdown_timeout(millis(shutdown));
        worker.run().await
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime.map(|runtime| runtime.block_on(work)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
