//! Recurring tasks with several schedulers that are killed at random.

use std::{
    collections::BTreeMap,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use jobs::{CatchUp, JobContext, Jobs, job, testing::TestClock};
use jobs_tests::{
    place::{Place, within},
    simulated, tests,
};

use super::children::ledger;

tests!(each_tick_is_made_once_whoever_dies);

const DAYS: i64 = 2;
const SCHEDULERS: usize = 8;
/// Two days in eight seconds.
const SPEED: i64 = DAYS * 86_400 / 8;

/// A task and a planned time.
type Planned = (u32, DateTime<Utc>);

/// How often each really ran. No database has a part in it.
#[derive(Debug, Clone, Default)]
struct Account(Arc<Mutex<BTreeMap<Planned, usize>>>);

#[job(name = "tests.ticked")]
async fn ticked(task: u32, #[state] account: &Account, #[ctx] ctx: &JobContext) {
    let mut account = account.0.lock().expect("whole");
    *account.entry((task, ctx.scheduled_at())).or_default() += 1;
}

/// Fifty tasks, and every planned time of each in plain arithmetic.
fn tasks() -> Vec<(String, &'static str, Vec<DateTime<Utc>>)> {
    let (from, until) = (
        simulated::beginning(),
        simulated::beginning() + TimeDelta::days(DAYS),
    );
    let minutes = |matches: &dyn Fn(DateTime<Utc>) -> bool| {
        let all = (1..=DAYS * 1_440).map(|minute| from + TimeDelta::minutes(minute));
        all.filter(|time| *time <= until && matches(*time))
            .collect::<Vec<_>>()
    };
    let mut tasks = Vec::new();
    for n in 0..30_i64 {
        let period = 5 + n * 3;
        let ticks = minutes(&|time| time.timestamp() % (period * 60) == 0);
        tasks.push((format!("every {period}m"), "UTC", ticks));
    }
    for n in 0..15_u32 {
        let ticks = minutes(&|time| time.minute() == n * 4 && time.hour() % (n + 1) == 0);
        tasks.push((format!("{} */{} * * *", n * 4, n + 1), "UTC", ticks));
    }
    // 27 March: UTC+1. On the 28th Berlin jumps from 02:00 to 03:00, which is 01:00 UTC.
    for minute in [5, 10, 20, 30, 59] {
        let first = from + TimeDelta::minutes(60 + minute);
        let second = from + TimeDelta::hours(25);
        tasks.push((
            format!("{minute} 2 * * *"),
            "Europe/Berlin",
            vec![first, second],
        ));
    }
    tasks
}

struct Scheduler(Child);

impl Drop for Scheduler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scheduler(place: &Place, began: DateTime<Utc>, off: i64) -> Scheduler {
    let child = Command::new(env!("CARGO_BIN_EXE_scheduler_process"))
        .args([place.url.as_str(), place.schema.as_str()])
        .args([began.timestamp_micros(), SPEED, off, DAYS].map(|number| number.to_string()))
        .stdin(Stdio::null())
        .spawn();
    Scheduler(child.expect("the scheduler starts"))
}

async fn each_tick_is_made_once_whoever_dies(place: Arc<Place>) {
    let account = Account::default();
    let clock = TestClock::at(simulated::beginning());
    let builder = clock.drive(place.builder()).state(account.clone());
    // The other job of this program needs it.
    let jobs = builder
        .state(ledger(&place))
        .connect()
        .await
        .expect("connected");
    let tasks = tasks();
    assert_eq!(tasks.len(), 50);
    for (n, (schedule, zone, _)) in (0..).zip(&tasks) {
        let made = jobs
            .recurring()
            .upsert(format!("task {n}"), schedule, Ticked { task: n })
            .timezone(*zone)
            .catch_up(CatchUp::All);
        made.await.expect("made");
    }
    simulate(&place).await;

    // Whatever is left to be made is made now; then all of it runs.
    clock.travel_to(simulated::beginning() + TimeDelta::days(DAYS));
    clock.tick(&jobs).await.expect("ticked");
    let expected: usize = tasks.iter().map(|(_, _, ticks)| ticks.len()).sum();
    run_all(&jobs, &account, expected).await;

    let account = account.0.lock().expect("whole");
    for (n, (schedule, _, ticks)) in (0..).zip(&tasks) {
        let made: Vec<_> = account
            .iter()
            .filter(|((task, _), _)| *task == n)
            .flat_map(|((_, time), count)| std::iter::repeat_n(*time, *count))
            .collect();
        assert_eq!(made, *ticks, "{schedule}");
    }
}

/// Eight schedulers whose clocks are apart by minutes; every moment one is killed and another one starts.
async fn simulate(place: &Place) {
    let began = Utc::now() + TimeDelta::milliseconds(300);
    let ends = Instant::now() + Duration::from_millis(300 + (DAYS * 86_400 / SPEED) as u64 * 1_000);
    let off = |n: usize| (n as i64 % 5 - 2) * 120;
    let mut schedulers: Vec<_> = (0..SCHEDULERS)
        .map(|n| scheduler(place, began, off(n)))
        .collect();
    let mut killed = 0;
    while Instant::now() < ends {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let victim = rand_below(SCHEDULERS);
        schedulers[victim].0.kill().expect("it can be killed");
        let _ = schedulers[victim].0.wait();
        killed += 1;
        schedulers[victim] = scheduler(place, began, off(victim + killed));
    }
    assert!(killed > 10, "only {killed} were killed");
}

fn rand_below(most: usize) -> usize {
    use std::hash::{BuildHasher as _, RandomState};
    (RandomState::new().hash_one(Instant::now()) % most as u64) as usize
}

async fn run_all(jobs: &Jobs, account: &Account, expected: usize) {
    let worker = jobs
        .worker()
        .concurrency(50)
        .start()
        .await
        .expect("started");
    let ran = || account.0.lock().expect("whole").values().sum::<usize>();
    let queue = jobs.queue(jobs::queues::default);
    within(Duration::from_secs(15), "all of it has run", async || {
        ran() >= expected && queue.len().await.expect("counted") == 0
    })
    .await;
    worker.stop().await.expect("stopped");
}
