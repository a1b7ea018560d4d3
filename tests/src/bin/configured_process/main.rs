//! A worker in a process of its own whose settings come from a file, for tests that signal it. Its log goes to stderr.
//!
//! Arguments: the file of settings, the ledger.

#[path = "../worker_process/ledger.rs"]
mod ledger;

use std::process::ExitCode;

use jobs::Jobs;

use crate::ledger::Ledger;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, ledger] = arguments.as_slice() else {
        eprintln!("usage: configured_process CONFIG LEDGER");
        return ExitCode::from(2);
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let work = async {
        let jobs = Jobs::from_config(config)
            .state(Ledger::at(ledger.into()))
            .await?;
        jobs.worker().run().await
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be started");
    match runtime.block_on(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
