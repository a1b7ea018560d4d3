//! Counts, queues, throughput.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{Inspector, Outcome, Span, WorkerView, people::WorkerState};
use crate::{error::Result, record::State, storage::Wake};

/// So far states are counted.
const COUNTED: u32 = 10_000;

/// A number that may be larger than what was counted.
///
/// ```
/// let many = jobs::inspect::Count { count: 10_000, more: true };
/// assert_eq!(many.to_string(), "10,000+");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Count {
    /// So many were counted.
    pub count: u64,
    /// There may be more.
    pub more: bool,
}

impl Count {
    fn add(&mut self, count: u64, more: bool) {
        self.count += count;
        self.more |= more;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.count.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str(if self.more { "+" } else { "" })
    }
}

/// One queue.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// for queue in inspector.queues().await? {
///     println!("{}: {} ready, the oldest for {:?}", queue.name, queue.ready, queue.latency);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueView {
    /// Its name.
    pub name: String,
    /// Jobs that wait for a worker.
    pub ready: Count,
    /// Jobs that are due later.
    pub scheduled: Count,
    /// Jobs that wait for something else.
    pub blocked: Count,
    /// Jobs that run.
    pub running: Count,
    /// For how long the oldest ready job has been due; zero if none is ready.
    pub latency: Duration,
    /// No worker takes from it.
    pub paused: bool,
    /// Who paused it, if it was said.
    pub paused_by: Option<String>,
    /// When it was paused.
    pub paused_at: Option<DateTime<Utc>>,
    /// Live workers that take from it.
    pub workers: u64,
    /// How many of its jobs these run at once.
    pub slots: u64,
}

/// Executions that ended within a minute or an hour.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// use jobs::inspect::Span;
/// for bucket in inspector.history(Span::Minute, 60, None).await? {
///     println!("{}: {} ended well, {} failed", bucket.at, bucket.succeeded, bucket.failed);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// The beginning of the minute or hour.
    pub at: DateTime<Utc>,
    /// Ended well.
    pub succeeded: u64,
    /// Ended in a failure: to be tried again, dead, or with their worker.
    pub failed: u64,
    /// Of these, dead.
    pub dead: u64,
    /// Discarded or cancelled.
    pub dropped: u64,
    /// For how long all of them ran together.
    pub ran: Duration,
}

/// What is going on.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// let overview = inspector.overview().await?;
/// println!("{} dead", overview.states[&jobs::State::Dead.to_string()]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Jobs by the name of their state; every state is there.
    pub states: BTreeMap<String, Count>,
    /// Queues by name.
    pub queues: Vec<QueueView>,
    /// The last sixty minutes, the running one last.
    pub minutes: Vec<Bucket>,
    /// Live workers.
    pub workers: u64,
    /// How many jobs these run at once.
    pub slots: u64,
    /// Workers that were lost or are silent.
    pub lost: u64,
    /// The database's clock.
    pub now: DateTime<Utc>,
}

const STATES: [State; 9] = [
    State::Scheduled,
    State::Ready,
    State::Blocked,
    State::Running,
    State::Parked,
    State::Succeeded,
    State::Discarded,
    State::Dead,
    State::Cancelled,
];

impl Inspector {
    /// What is going on: counts up to 10,000, and the last hour.
    ///
    /// # Errors
    /// The database fails.
    pub async fn overview(&self) -> Result<Overview> {
        let workers = self.workers().await?;
        let (queues, states) = self.counted(&workers).await?;
        let minutes = self.history(Span::Minute, 60, None).await?;
        let live = workers.iter().filter(|worker| worker.is_live());
        let lost = workers
            .iter()
            .filter(|worker| worker.state == WorkerState::Lost);
        Ok(Overview {
            states,
            queues,
            minutes,
            workers: live.clone().count() as u64,
            slots: live.map(WorkerView::slots).sum(),
            lost: lost.count() as u64,
            now: workers
                .first()
                .map_or_else(|| self.jobs.utc(), |worker| worker.now),
        })
    }

    /// All queues by name: those that were declared, and those that have jobs.
    ///
    /// # Errors
    /// The database fails.
    pub async fn queues(&self) -> Result<Vec<QueueView>> {
        let workers = self.workers().await?;
        Ok(self.counted(&workers).await?.0)
    }

    async fn counted(
        &self,
        workers: &[WorkerView],
    ) -> Result<(Vec<QueueView>, BTreeMap<String, Count>)> {
        let tallies = self
            .call(|storage, _| async move { storage.tallies(COUNTED).await })
            .await?;
        let known = self
            .call(|storage, _| async move { storage.queue_rows().await })
            .await?;
        let mut queues: BTreeMap<String, QueueView> = BTreeMap::new();
        for row in known {
            let mut queue = empty(&row.name);
            queue.paused = row.paused;
            queue.paused_by = row.paused_by;
            queue.paused_at = row.paused_at;
            queues.insert(row.name, queue);
        }
        let mut states: BTreeMap<String, Count> = STATES
            .iter()
            .map(|state| (state.to_string(), Count::default()))
            .collect();
        for tally in tallies {
            let all = states.entry(tally.state.to_string()).or_default();
            all.add(tally.count, tally.more);
            let Some(name) = tally.queue else { continue };
            let queue = queues.entry(name.clone()).or_insert_with(|| empty(&name));
            let count = match tally.state {
                State::Ready => &mut queue.ready,
                State::Scheduled => &mut queue.scheduled,
                State::Running => &mut queue.running,
                _ => &mut queue.blocked,
            };
            count.add(tally.count, tally.more);
        }
        let waiting = queues.values().filter(|queue| queue.ready.count > 0);
        let waiting: Vec<_> = waiting.map(|queue| queue.name.clone()).collect();
        if !waiting.is_empty() {
            let ages = self
                .call(move |storage, now| async move { storage.ages_of_oldest(waiting, now).await })
                .await?;
            for (name, age) in ages {
                if let Some(queue) = queues.get_mut(&name) {
                    queue.latency = age;
                }
            }
        }
        for queue in queues.values_mut() {
            for worker in workers.iter().filter(|worker| worker.is_live()) {
                if let Some((_, slots)) = worker.queues.iter().find(|(name, _)| *name == queue.name)
                {
                    queue.workers += 1;
                    queue.slots += slots;
                }
            }
        }
        Ok((queues.into_values().collect(), states))
    }

    /// How executions ended in the last `count` minutes or hours, the running one last, of one name or of all. Spans
    /// in which nothing ended are there too. Minutes are kept for two days, hours for ninety.
    ///
    /// # Errors
    /// The database fails.
    pub async fn history(&self, span: Span, count: u32, name: Option<&str>) -> Result<Vec<Bucket>> {
        let kind = match name {
            None => None,
            Some(name) => {
                let kinds = self.kinds().await?;
                match kinds.iter().find(|kind| kind.name == name) {
                    Some(kind) => Some(kind.id),
                    None => return Ok(Vec::new()),
                }
            }
        };
        let seconds = i64::from(span.seconds());
        let last = self.jobs.utc().timestamp().div_euclid(seconds) * seconds;
        let first = last - seconds * i64::from(count.clamp(1, 3_000) - 1);
        let at = |second| DateTime::from_timestamp(second, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let since = at(first);
        let rows = self
            .call(move |storage, _| async move { storage.stats(span, since, kind).await })
            .await?;
        let mut buckets: BTreeMap<DateTime<Utc>, Bucket> = BTreeMap::new();
        let mut next = since;
        while next <= at(last) {
            buckets.insert(next, nothing(next));
            next += TimeDelta::seconds(seconds);
        }
        for row in rows {
            // The database's clock may be ahead of this one's.
            let bucket = buckets.entry(row.at).or_insert_with(|| nothing(row.at));
            match row.outcome {
                Outcome::Succeeded => bucket.succeeded += row.count,
                Outcome::Discarded | Outcome::Cancelled => bucket.dropped += row.count,
                Outcome::Dead | Outcome::Retried | Outcome::Crashed => bucket.failed += row.count,
            }
            if row.outcome == Outcome::Dead {
                bucket.dead += row.count;
            }
            bucket.ran += Duration::from_micros(row.micros);
        }
        Ok(buckets.into_values().collect())
    }

    /// No worker takes jobs from the queue until it is resumed; who paused it is shown.
    ///
    /// # Errors
    /// The database fails.
    pub async fn pause(&self, queue: &str) -> Result<()> {
        self.set_paused(queue, true).await
    }

    /// Workers take jobs from the queue again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn resume(&self, queue: &str) -> Result<()> {
        self.set_paused(queue, false).await
    }

    async fn set_paused(&self, queue: &str, paused: bool) -> Result<()> {
        let (name, by) = (queue.to_owned(), Some(self.actor.to_string()));
        self.call(move |storage, _| async move { storage.set_paused(name, paused, by).await })
            .await?;
        let mut wakes = vec![Wake::Settings];
        if !paused {
            wakes.push(Wake::Ready(vec![queue.to_owned().into()]));
        }
        self.jobs.inner().wakes.everywhere(wakes);
        let action = if paused {
            "pause queue"
        } else {
            "resume queue"
        };
        self.note(action, queue, "").await;
        Ok(())
    }

    /// Cancels the ready jobs of a queue, in steps of a thousand; how many there were.
    ///
    /// # Errors
    /// The database fails; what was cancelled before stays so.
    pub async fn clear(&self, queue: &str) -> Result<u64> {
        let cleared = crate::queue_control::clear(&self.jobs, queue).await?;
        self.note("clear queue", queue, format!("{cleared} jobs"))
            .await;
        Ok(cleared)
    }
}

fn empty(name: &str) -> QueueView {
    QueueView {
        name: name.to_owned(),
        ready: Count::default(),
        scheduled: Count::default(),
        blocked: Count::default(),
        running: Count::default(),
        latency: Duration::ZERO,
        paused: false,
        paused_by: None,
        paused_at: None,
        workers: 0,
        slots: 0,
    }
}

fn nothing(at: DateTime<Utc>) -> Bucket {
    Bucket {
        at,
        succeeded: 0,
        failed: 0,
        dead: 0,
        dropped: 0,
        ran: Duration::ZERO,
    }
}
