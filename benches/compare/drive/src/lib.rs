//! How one contender of the comparison is driven. A contender implements [`Peer`]; [`main`] does the rest: it reads
//! a [`Task`], times what is to be timed, and answers with [`Event`]s.

mod ran;
mod task;

use std::{
    future::Future,
    io::Read as _,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub use ran::{count, ran};
pub use task::{Event, Task, now};

/// What can go wrong in a contender.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// The result of everything here.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

/// One job library (or a way to do without one), with the settings that its documentation recommends.
///
/// The job takes one number, `n`, and calls [`ran`] with it.
pub trait Peer: Send + Sync + Sized + 'static {
    /// A running worker.
    type Working: Send;

    /// Connects; the tables are there.
    fn connect(url: &str) -> impl Future<Output = Result<Self>> + Send;

    /// Makes the tables.
    fn setup(url: &str) -> impl Future<Output = Result> + Send {
        async { Self::connect(url).await.map(drop) }
    }

    /// One durable enqueue.
    fn enqueue(&self, n: i64) -> impl Future<Output = Result> + Send;

    /// Many enqueues, as fast as they can be had.
    fn bulk(&self, jobs: Range<i64>, delay: Duration) -> impl Future<Output = Result> + Send;

    /// Starts a worker in this process.
    fn work(&self) -> impl Future<Output = Result<Self::Working>> + Send;

    /// Stops it in good order.
    fn stop(working: Self::Working) -> impl Future<Output = Result> + Send;
}

/// Runs `task` on the database at `url` and says what came of it.
pub fn main<P: Peer>(url: &str, task: &str) {
    let run = || -> Result {
        let task = serde_json::from_str(task)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let done = runtime.block_on(async {
            let url = url.to_owned();
            tokio::spawn(async move { perform::<P>(&url, task).await }).await?
        });
        runtime.shutdown_timeout(Duration::from_secs(1));
        done
    };
    if let Err(error) = run() {
        let mut why = error.to_string();
        let mut cause = error.source();
        while let Some(source) = cause {
            why = format!("{why}: {source}");
            cause = source.source();
        }
        Event::Failed { why }.say();
        std::process::exit(1);
    }
}

async fn perform<P: Peer>(url: &str, task: Task) -> Result {
    match task {
        Task::Setup => {
            P::setup(url).await?;
            Event::Done {
                count: 0,
                seconds: 0.0,
            }
            .say();
        }
        Task::Single { n, callers } => {
            let peer = Arc::new(P::connect(url).await?);
            let began = Instant::now();
            single(&peer, n, callers).await?;
            done(n, began);
        }
        Task::Bulk { n, delay_s } => {
            let peer = P::connect(url).await?;
            let began = Instant::now();
            peer.bulk(0..n, Duration::from_secs(delay_s)).await?;
            done(n, began);
        }
        Task::Work { expect } => {
            let peer = P::connect(url).await?;
            ran::expect(expect);
            let at = now();
            let working = peer.work().await?;
            Event::Working { at }.say();
            input_ended().await;
            P::stop(working).await?;
            ran::summary().say();
        }
        Task::Paced { n, gap_ms, work } => {
            let peer = P::connect(url).await?;
            ran::expect(n as u64);
            let working = if work { Some(peer.work().await?) } else { None };
            paced(&peer, n, Duration::from_millis(gap_ms)).await?.say();
            if let Some(working) = working {
                input_ended().await;
                P::stop(working).await?;
                ran::summary().say();
            }
        }
        Task::Steady { seconds, ahead } => {
            let peer = Arc::new(P::connect(url).await?);
            let working = peer.work().await?;
            let began = Instant::now();
            steady(&peer, began, Duration::from_secs(seconds), ahead).await?;
            done(count() as i64, began);
            input_ended().await;
            P::stop(working).await?;
            ran::waited().say();
        }
    }
    Ok(())
}

fn done(n: i64, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    Event::Done {
        count: n as u64,
        seconds,
    }
    .say();
}

async fn single<P: Peer>(peer: &Arc<P>, n: i64, callers: usize) -> Result {
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers as i64 {
        let peer = Arc::clone(peer);
        tasks.spawn(async move {
            for job in (caller..n).step_by(callers) {
                peer.enqueue(job).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}

async fn paced<P: Peer>(peer: &P, n: i64, gap: Duration) -> Result<Event> {
    // A worker that has just started is not idle yet.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut times = Vec::new();
    for job in 0..n {
        let called = now();
        peer.enqueue(job).await?;
        times.push((job, called, now()));
        tokio::time::sleep(gap).await;
    }
    Ok(Event::Enqueued { times })
}

/// Four producers of chunks of 100 jobs that carry their time instead of a number.
async fn steady<P: Peer>(peer: &Arc<P>, began: Instant, time: Duration, ahead: u64) -> Result {
    let enqueued = Arc::new(AtomicU64::new(0));
    let mut producers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (peer, enqueued) = (Arc::clone(peer), Arc::clone(&enqueued));
        producers.spawn(async move {
            while began.elapsed() < time {
                if enqueued.load(Ordering::Relaxed) >= count() + ahead {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    continue;
                }
                enqueued.fetch_add(100, Ordering::Relaxed);
                let first = now();
                peer.bulk(first..first + 100, Duration::ZERO).await?;
            }
            Ok::<(), Error>(())
        });
    }
    while let Some(ended) = producers.join_next().await {
        ended??;
    }
    Ok(())
}

/// The runner ends a worker by closing its standard input.
async fn input_ended() {
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    let _ = end.await;
}
