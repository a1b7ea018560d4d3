//! A program that enqueues from many tasks at once until it is killed, and writes down what was promised to it.
//!
//! Arguments: URL, schema, file of promises, tasks.

#[path = "../worker_process/ledger.rs"]
mod ledger;

use std::{fs::OpenOptions, io::Write as _, sync::Arc};

use jobs::Jobs;

use crate::ledger::Account;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, schema, promises, tasks] = arguments.as_slice() else {
        eprintln!("usage: enqueue_process URL SCHEMA PROMISES TASKS");
        std::process::exit(2);
    };
    let jobs = Jobs::builder(url).schema(schema).connect().await;
    let jobs = jobs.expect("connected");
    let promises = OpenOptions::new().create(true).append(true).open(promises);
    let promises = Arc::new(promises.expect("a file"));
    let tasks: Vec<_> = (0..tasks.parse().unwrap_or(1))
        .map(|_| tokio::spawn(enqueue(jobs.clone(), Arc::clone(&promises))))
        .collect();
    for task in tasks {
        task.await.expect("it goes on until it is killed");
    }
}

async fn enqueue(jobs: Jobs, promises: Arc<std::fs::File>) {
    for n in 0.. {
        let handle = jobs.enqueue(Account { n, millis: 0 }).await;
        let line = format!("{}\n", handle.expect("enqueued").id());
        // A short append is whole, and outlives the process once it is made.
        let written = (&*promises).write_all(line.as_bytes());
        written.expect("it can be written down");
    }
}
