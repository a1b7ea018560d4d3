//! `cargo run -- welcome 42` stores a job and ends; `cargo run` is a worker, and runs what is stored.

mod tasks;

use jobs::{BoxError, Jobs};

use crate::tasks::SendWelcomeEmail;

// A queue that is not here does not compile.
jobs::queues! {
    critical,
    default,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let jobs = Jobs::from_config("jobs.toml").await?;
    jobs.install()?; // `perform_later` finds it from here on

    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [] => {
            println!("working; Ctrl-C stops");
            jobs.worker().run().await?; // until Ctrl-C, then it lets running jobs finish
        }
        [command, user] if command == "welcome" => {
            let job = SendWelcomeEmail::perform_later(user.parse()?).await?;
            println!("stored job {}", job.id());
        }
        _ => return Err("either no argument, or: welcome USER".into()),
    }
    Ok(())
}
