//! Group commit: callers hand over one item each, a task of its own writes all that wait in one call.
//!
//! There is no timer: a flush begins as soon as the last one is done, so a lone caller waits for nobody, and under
//! load the batches grow by themselves. The task owns the items: a caller that is dropped takes nothing of others
//! with it. The backlog is bounded in items and in bytes, so that a burst slows its callers down and not the process.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{
    error::{Error, Result},
    storage::{Finish, NewJob, Next},
};

/// How many items, and about how many bytes of them, one flush takes at most.
const LARGEST_BATCH: usize = 1_000;
const LARGEST_BYTES: usize = 4 << 20;
/// How many items, and how many bytes of them, may wait before callers do.
const BACKLOG: usize = 10_000;
const BACKLOG_BYTES: usize = 32 << 20;
/// How long a flush is repeated while the database is out of reach.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a flush was tried before: its answer may have been lost, so it may have happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeated(pub(crate) bool);

/// How many bytes an item holds, about.
pub(crate) trait Held {
    fn held(&self) -> usize;
}

impl Held for NewJob {
    fn held(&self) -> usize {
        self.args.len() + self.tags.iter().map(|tag| tag.len()).sum::<usize>() + size_of::<Self>()
    }
}

impl Held for Finish {
    fn held(&self) -> usize {
        let output = match &self.to {
            Next::End(end) => end.output.as_ref().map_or(0, String::len),
            _ => 0,
        };
        output + size_of::<Self>()
    }
}

/// The callers' end.
#[derive(Debug)]
pub(crate) struct Combiner<T, R> {
    items: mpsc::Sender<Item<T, R>>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Item<T, R> {
    value: T,
    answer: oneshot::Sender<Result<R>>,
    /// Its bytes of the backlog, until it is written.
    room: OwnedSemaphorePermit,
}

impl<T, R> Combiner<T, R>
where
    T: Clone + Held + Send + Sync + 'static,
    R: Send + 'static,
{
    /// Starts the task on `io`; it ends when the combiner is dropped and all that was handed over is written.
    pub(crate) fn start<F, Fut>(io: &tokio::runtime::Handle, flush: F) -> Self
    where
        F: Fn(Vec<T>, Repeated) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<R>>> + Send + 'static,
    {
        let (items, waiting) = mpsc::channel(BACKLOG);
        io.spawn(run(waiting, flush));
        let room = Arc::new(Semaphore::new(BACKLOG_BYTES));
        Self { items, room }
    }

    /// Hands one item over and waits until it is written.
    pub(crate) async fn submit(&self, value: T) -> Result<R> {
        let answer = self.hand_over(value).await?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Hands one item over; waits only if the backlog is full.
    pub(crate) async fn hand_over(&self, value: T) -> Result<oneshot::Receiver<Result<R>>> {
        let (answer, answered) = oneshot::channel();
        let bytes = u32::try_from(value.held().min(BACKLOG_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await;
        let room = room.map_err(|_| Error::Closed)?;
        self.items
            .send(Item {
                value,
                answer,
                room,
            })
            .await
            .map_err(|_| Error::Closed)?;
        Ok(answered)
    }
}

async fn run<T, R, F, Fut>(mut waiting: mpsc::Receiver<Item<T, R>>, flush: F)
where
    T: Clone + Held,
    F: Fn(Vec<T>, Repeated) -> Fut,
    Fut: Future<Output = Result<Vec<R>>>,
{
    while let Some(batch) = gather(&mut waiting).await {
        write(&flush, batch).await;
    }
}

/// What waits now, once there is something; `None` when nothing can come any more.
async fn gather<T: Held, R>(waiting: &mut mpsc::Receiver<Item<T, R>>) -> Option<Vec<Item<T, R>>> {
    let first = waiting.recv().await?;
    let mut bytes = first.value.held();
    let mut batch = vec![first];
    while batch.len() < LARGEST_BATCH && bytes < LARGEST_BYTES {
        let Ok(item) = waiting.try_recv() else { break };
        bytes += item.value.held();
        batch.push(item);
    }
    Some(batch)
}

async fn write<T, R, F, Fut>(flush: &F, batch: Vec<Item<T, R>>)
where
    T: Clone,
    F: Fn(Vec<T>, Repeated) -> Fut,
    Fut: Future<Output = Result<Vec<R>>>,
{
    let (mut values, mut answers) = (Vec::new(), Vec::new());
    let mut rooms = Vec::with_capacity(batch.len());
    for item in batch {
        values.push(item.value);
        answers.push(item.answer);
        rooms.push(item.room);
    }
    match patiently(flush, &values, Repeated(false)).await {
        Ok(results) => answer_all(answers, results.into_iter().map(Ok)),
        // The database is out of reach for all of them alike.
        Err(error) if error.is_transient() => {
            let why = error.to_string();
            let each = std::iter::repeat_with(|| Err(out_of_reach(&why)));
            answer_all(answers, each);
        }
        // One bad item must not fail the others: each gets a flush of its own.
        Err(_) if values.len() > 1 => {
            for (value, answer) in values.into_iter().zip(answers) {
                let result = patiently(flush, &[value], Repeated(true)).await;
                answer_all(vec![answer], std::iter::once(result.and_then(one)));
            }
        }
        Err(error) => answer_all(answers, std::iter::once(Err(error))),
    }
}

fn out_of_reach(why: &str) -> Error {
    Error::Database(sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        why,
    )))
}

fn one<R>(results: Vec<R>) -> Result<R> {
    results.into_iter().next().ok_or_else(|| Error::Damaged {
        what: "the storage gave no answer".into(),
    })
}

fn answer_all<R>(
    answers: Vec<oneshot::Sender<Result<R>>>,
    results: impl Iterator<Item = Result<R>>,
) {
    for (answer, result) in answers.into_iter().zip(results) {
        // A caller that went away does not want to know.
        let _ = answer.send(result);
    }
}

pub(crate) async fn patiently<T: Clone, R, F, Fut>(
    flush: &F,
    values: &[T],
    mut repeated: Repeated,
) -> Result<Vec<R>>
where
    F: ?Sized + Fn(Vec<T>, Repeated) -> Fut,
    Fut: Future<Output = Result<Vec<R>>>,
{
    let began = tokio::time::Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        match flush(values.to_vec(), repeated).await {
            Err(error) if error.is_transient() && began.elapsed() < PATIENCE => {
                tracing::warn!(%error, items = values.len(), "the database did not take a batch; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(2));
                repeated = Repeated(true);
            }
            result => return result,
        }
    }
}

/// For callers that share one.
pub(crate) type Shared<T, R> = Arc<Combiner<T, R>>;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    impl Held for u32 {
        fn held(&self) -> usize {
            4
        }
    }

    impl Held for Vec<u8> {
        fn held(&self) -> usize {
            self.len()
        }
    }

    #[tokio::test]
    async fn items_that_wait_are_flushed_together_and_answered_in_order() {
        let sizes = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&sizes);
        let combiner = Arc::new(Combiner::start(
            &tokio::runtime::Handle::current(),
            move |values: Vec<u32>, _| {
                seen.lock().expect("unpoisoned").push(values.len());
                async move {
                    tokio::task::yield_now().await;
                    Ok(values.into_iter().map(|value| value * 2).collect())
                }
            },
        ));
        let calls: Vec<_> = (0..100_u32)
            .map(|value| {
                let combiner = Arc::clone(&combiner);
                tokio::spawn(async move { combiner.submit(value).await })
            })
            .collect();
        for (value, call) in (0_u32..).zip(calls) {
            assert_eq!(
                call.await.expect("not cancelled").expect("flushed"),
                value * 2
            );
        }
        let sizes = sizes.lock().expect("unpoisoned");
        assert_eq!(sizes.iter().sum::<usize>(), 100);
        assert!(sizes.len() < 50, "grouped, not one by one: {sizes:?}");
    }

    #[tokio::test]
    async fn a_bad_item_fails_alone_and_a_dropped_caller_harms_nobody() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&written);
        let combiner = Arc::new(Combiner::start(
            &tokio::runtime::Handle::current(),
            move |values: Vec<u32>, _| {
                let bad = values.contains(&13);
                if !bad {
                    log.lock().expect("unpoisoned").extend(values.clone());
                }
                async move {
                    if bad {
                        Err(Error::Damaged { what: "13".into() })
                    } else {
                        Ok(values)
                    }
                }
            },
        ));
        let dropped = combiner.hand_over(1).await.expect("there is room");
        drop(dropped);
        let bad = combiner.hand_over(13).await.expect("there is room");
        let good = combiner.hand_over(2).await.expect("there is room");
        assert!(bad.await.expect("answered").is_err());
        assert_eq!(good.await.expect("answered").expect("written"), 2);
        assert_eq!(*written.lock().expect("unpoisoned"), [1, 2]);
    }

    #[tokio::test]
    async fn the_backlog_is_bounded_in_bytes() {
        const LARGE: usize = 1 << 20;
        let (open, closed) = tokio::sync::watch::channel(false);
        let largest = Arc::new(Mutex::new(0));
        let seen = Arc::clone(&largest);
        let combiner = Arc::new(Combiner::start(
            &tokio::runtime::Handle::current(),
            move |values: Vec<Vec<u8>>, _| {
                let mut largest = seen.lock().expect("unpoisoned");
                *largest = values.len().max(*largest);
                let mut closed = closed.clone();
                async move {
                    closed.wait_for(|open| *open).await.expect("it opens");
                    Ok(values)
                }
            },
        ));
        let handed = Arc::new(Mutex::new(0));
        let callers: Vec<_> = (0..200)
            .map(|_| {
                let (combiner, handed) = (Arc::clone(&combiner), Arc::clone(&handed));
                tokio::spawn(async move {
                    let answer = combiner.hand_over(vec![0; LARGE]).await;
                    *handed.lock().expect("unpoisoned") += 1;
                    answer.expect("there is room in the end").await
                })
            })
            .collect();
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        let held = *handed.lock().expect("unpoisoned");
        assert!(held <= BACKLOG_BYTES / LARGE, "{held} are held");
        open.send_replace(true);
        for caller in callers {
            let answer = caller.await.expect("not cancelled").expect("answered");
            assert_eq!(answer.expect("written").len(), LARGE);
        }
        let largest = *largest.lock().expect("unpoisoned");
        assert!(largest <= LARGEST_BYTES / LARGE, "{largest} in one flush");
    }

    #[tokio::test]
    async fn callers_that_go_away_neither_lose_an_item_of_others_nor_stop_the_flushes() {
        let written = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&written);
        let combiner = Arc::new(Combiner::start(
            &tokio::runtime::Handle::current(),
            move |values: Vec<u32>, _| {
                let log = Arc::clone(&log);
                async move {
                    tokio::task::yield_now().await;
                    log.lock().expect("unpoisoned").extend(values.clone());
                    Ok(values)
                }
            },
        ));
        let calls: Vec<_> = (0..30_000_u32)
            .map(|value| {
                let combiner = Arc::clone(&combiner);
                tokio::spawn(async move { combiner.submit(value).await })
            })
            .collect();
        // Before they run, while they wait for room, and while they wait for their answer.
        let mut kept = Vec::new();
        for (n, (value, call)) in (0_u32..).zip(calls).enumerate() {
            if n % 3 == 0 {
                call.abort();
            } else {
                kept.push((value, call));
            }
            if n % 1_000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        for (value, call) in kept {
            assert_eq!(call.await.expect("kept").expect("written"), value);
        }
        let mut written = written.lock().expect("unpoisoned").clone();
        written.sort_unstable();
        let all = written.len();
        written.dedup();
        assert_eq!(written.len(), all, "nothing is written twice");
        assert!(all >= 20_000);
    }
}
