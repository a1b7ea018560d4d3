//! The binary `jobs`: the commands of [`jobs::cli`] on any database, without the types of its jobs.

mod web;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    jobs::cli::standalone(Some(|jobs, told| Box::pin(web::serve(jobs, told)))).await
}
