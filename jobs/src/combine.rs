//! Group commit: callers hand over one item each, a task of its own writes all that wait in one call.
//!
//! There is no timer: a flush begins as soon as the last one is done, so a lone caller waits for nobody, and under
//! load the batches grow by themselves. The task owns the items: a caller that is dropped takes nothing of others
//! with it. The channel is bounded, so that a burst slows its callers down and not the process.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};

/// How many items one flush takes at most.
const LARGEST_BATCH: usize = 1_000;
/// How many items may wait before callers do.
const BACKLOG: usize = 10_000;
/// How long a flush is repeated while the database is out of reach.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether a flush was tried before: its answer may have been lost, so it may have happened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeated(pub(crate) bool);

/// The callers' end.
#[derive(Debug)]
pub(crate) struct Combiner<T, R> {
    items: mpsc::Sender<Item<T, R>>,
}

#[derive(Debug)]
struct Item<T, R> {
    value: T,
    answer: oneshot::Sender<Result<R>>,
}

impl<T, R> Combiner<T, R>
where
    T: Clone + Send + Sync + 'static,
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
        Self { items }
    }

    /// Hands one item over and waits until it is written.
    pub(crate) async fn submit(&self, value: T) -> Result<R> {
        let answer = self.hand_over(value).await?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Hands one item over; waits only if the backlog is full.
    pub(crate) async fn hand_over(&self, value: T) -> Result<oneshot::Receiver<Result<R>>> {
        let (answer, answered) = oneshot::channel();
        self.items
            .send(Item { value, answer })
            .await
            .map_err(|_| Error::Closed)?;
        Ok(answered)
    }
}

async fn run<T, R, F, Fut>(mut waiting: mpsc::Receiver<Item<T, R>>, flush: F)
where
    T: Clone,
    F: Fn(Vec<T>, Repeated) -> Fut,
    Fut: Future<Output = Result<Vec<R>>>,
{
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
        let (values, answers): (Vec<T>, Vec<_>) = batch
            .drain(..)
            .map(|item| (item.value, item.answer))
            .unzip();
        match patiently(&flush, &values, Repeated(false)).await {
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
                    let result = patiently(&flush, &[value], Repeated(true)).await;
                    answer_all(vec![answer], std::iter::once(result.and_then(one)));
                }
            }
            Err(error) => answer_all(answers, std::iter::once(Err(error))),
        }
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
}
