//! A scheduler in a process of its own, whose time runs fast: it enqueues ticks of recurring tasks and runs no job.
//!
//! Arguments: URL, schema, the time at which the simulation began (microseconds since the epoch, by the host's clock),
//! how many times faster its time runs, how far this process's clock is off in seconds, and how many days it lasts.

use std::process::ExitCode;

use chrono::{DateTime, TimeDelta, Utc};
use jobs::{Jobs, job, testing::TestClock};
use jobs_tests::simulated;

/// What the tasks enqueue; it is run by the test.
#[job(name = "tests.ticked")]
async fn ticked(_task: u32) {}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, schema, began, speed, off, days] = arguments.as_slice() else {
        eprintln!("usage: scheduler_process URL SCHEMA BEGAN_US SPEED OFF_SECONDS DAYS");
        return ExitCode::from(2);
    };
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let began = DateTime::<Utc>::from_timestamp_micros(number(began)).unwrap_or_default();
    let (speed, off) = (number(speed), TimeDelta::seconds(number(off)));
    let until = simulated::beginning() + TimeDelta::days(number(days));
    let work = async {
        // It is not off before the beginning: then there are no tasks.
        let now = || {
            let now = simulated::now(began, speed) + off;
            now.clamp(simulated::beginning(), until)
        };
        let clock = TestClock::at(now());
        let jobs = clock
            .drive(Jobs::builder(url).schema(schema))
            .connect()
            .await?;
        loop {
            let shows = now();
            clock.travel_to(shows);
            clock.tick(&jobs).await?;
            if shows >= until {
                return Ok::<_, jobs::Error>(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
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
