//! The binary `jobs`: the commands of [`jobs::cli`] on any database, without the types of its jobs.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    jobs::cli::standalone().await
}
