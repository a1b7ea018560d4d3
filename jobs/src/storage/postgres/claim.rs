//! Taking ready jobs, and undoing claims whose answer never arrived.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::Row as _;

use super::{
    PostgresStorage,
    admit::Admission as Round,
    rows,
    session::{LIMIT, Session, Shape},
    uniques::Returned,
};

/// A claim whose jobs are turned away by limits goes on no longer than that.
const LONGEST: Duration = Duration::from_secs(5);
use crate::{
    error::Result,
    storage::{Claim, Claimed, Keys, Now, WorkerId},
};

impl PostgresStorage {
    /// Claims, and claims again where jobs that were found were turned away by limits, until enough start or no queue
    /// has more.
    pub(super) async fn claim_ready(&self, claim: &Claim, now: Now) -> Result<Vec<Claimed>> {
        let began = Instant::now();
        let mut claim = claim.clone();
        let mut all = Vec::new();
        loop {
            let Round { jobs, blocked } = match self.claim_once(&claim, now).await {
                Ok(round) => round,
                // What came in earlier rounds must not be lost with this one.
                Err(error) if !all.is_empty() => {
                    tracing::warn!(%error, "a part of a claim failed");
                    return Ok(all);
                }
                Err(error) => return Err(error),
            };
            for take in &mut claim.takes {
                let got = jobs.iter().filter(|job| job.queue == take.queue).count();
                take.at_most -= take.at_most.min(u32::try_from(got).unwrap_or(u32::MAX));
            }
            all.extend(jobs);
            if blocked == 0 || began.elapsed() > LONGEST {
                return Ok(all);
            }
        }
    }

    async fn claim_once(&self, claim: &Claim, now: Now) -> Result<Round> {
        let takes = || claim.takes.iter().filter(|take| take.at_most > 0);
        if takes().next().is_none() {
            return Ok(Round::default());
        }
        let lost = self.tickets.doubtful(claim.worker);
        let shape = if lost.is_empty() {
            Shape::One
        } else {
            Shape::Many
        };
        let mut session = self.urgent(shape).await?;
        let mut undone = Vec::new();
        if !lost.is_empty() {
            let query = session
                .statement(&self.sql.unclaim)
                .bind(claim.worker.0)
                .bind(&lost);
            let mut back = Returned::default();
            for row in session.all(query).await? {
                undone.push(row.try_get(0)?);
                back.note_from(&row, 1)?;
            }
            self.give_back(&mut session, Returned::default(), back, now)
                .await?;
        }
        let ticket = self.tickets.take(claim.worker);
        let mut claimed = self
            .take_ready(&mut session, claim, ticket.number, now)
            .await?;
        if claimed.is_empty() && self.sleepers.falls_asleep(claim.worker) {
            // Said first, looked at afterwards: whoever enqueues in between is seen, or sees it.
            self.say_asleep(&mut session, claim.worker, true).await?;
            claimed = self
                .take_ready(&mut session, claim, ticket.number, now)
                .await?;
        } else if !claimed.is_empty() && self.sleepers.wakes_up(claim.worker) {
            self.say_asleep(&mut session, claim.worker, false).await?;
        }
        session.done().await?;
        // Until it is admitted, a job is as if its claim had not been answered.
        let round = self.admit(claimed, now).await?;
        ticket.answered();
        self.tickets.looked(&lost, &undone);
        Ok(round)
    }

    async fn take_ready(
        &self,
        session: &mut Session<'_>,
        claim: &Claim,
        ticket: i64,
        now: Now,
    ) -> Result<Vec<WithKeys>> {
        let takes = || claim.takes.iter().filter(|take| take.at_most > 0);
        let query = session
            .statement(&self.sql.claim)
            .bind(now)
            .bind(claim.worker.0)
            .bind(takes().map(|take| &*take.queue).collect::<Vec<&str>>())
            .bind(
                takes()
                    .map(|take| i32::try_from(take.at_most).unwrap_or(i32::MAX))
                    .collect::<Vec<_>>(),
            )
            .bind(ticket);
        let mut places = HashMap::new();
        for (n, take) in claim.takes.iter().enumerate() {
            places.entry(&*take.queue).or_insert(n);
        }
        let mut claimed = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok((row.try_get::<i64, _>("seq")?, rows::claimed(row)?)))
            .collect::<Result<Vec<_>>>()?;
        claimed.sort_by_cached_key(|(seq, (job, _))| {
            let place = places.get(&*job.queue).copied();
            (place, job.priority, job.run_at, *seq)
        });
        Ok(claimed.into_iter().map(|(_, job)| job).collect())
    }
}

/// A claimed job and what its claim takes.
pub(super) type WithKeys = (Claimed, Option<Keys>);

/// One number per claim, written with what it takes. A claim may be committed and its answer lost, with a connection
/// or a caller; its jobs would be running and nobody would run them, while the worker lives. So the next claim
/// begins by putting back what such a ticket took. If it finds nothing, the statement may still be under way: later
/// claims look again, for the last time when it can no longer be.
#[derive(Debug)]
pub(super) struct Tickets {
    next: AtomicI64,
    lost: Mutex<Vec<Lost>>,
}

#[derive(Debug)]
struct Lost {
    worker: WorkerId,
    number: i64,
    since: Instant,
    looks: usize,
}

/// When to look for what a lost claim took, since it was lost.
const LOOKS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
    LIMIT,
];

pub(super) struct Ticket<'t> {
    tickets: &'t Tickets,
    worker: WorkerId,
    pub(super) number: i64,
    answered: bool,
}

impl Default for Tickets {
    fn default() -> Self {
        Self {
            // Another one in each process, so that no two numbers of one worker meet.
            next: AtomicI64::new(rand::random::<i64>() >> 1),
            lost: Mutex::default(),
        }
    }
}

impl Tickets {
    fn take(&self, worker: WorkerId) -> Ticket<'_> {
        Ticket {
            tickets: self,
            worker,
            number: self.next.fetch_add(1, Ordering::Relaxed),
            answered: false,
        }
    }

    fn lost(&self) -> std::sync::MutexGuard<'_, Vec<Lost>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doubtful(&self, worker: WorkerId) -> Vec<i64> {
        self.lost()
            .iter()
            .filter(|lost| lost.worker == worker && lost.since.elapsed() >= LOOKS[lost.looks])
            .map(|lost| lost.number)
            .collect()
    }

    fn looked(&self, numbers: &[i64], undone: &[i64]) {
        if numbers.is_empty() {
            return;
        }
        self.lost().retain_mut(|lost| {
            if undone.contains(&lost.number) {
                return false;
            }
            lost.looks += usize::from(numbers.contains(&lost.number));
            lost.looks < LOOKS.len()
        });
    }
}

impl Ticket<'_> {
    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.tickets.lost().push(Lost {
                worker: self.worker,
                number: self.number,
                since: Instant::now(),
                looks: 0,
            });
        }
    }
}

/// Which workers have said in the database that they sleep. A busy one says nothing, so that a NOTIFY is not
/// sent for it; one that was busy for a while and finds nothing says so.
#[derive(Debug, Default)]
pub(super) struct Sleepers(Mutex<HashMap<WorkerId, Rest>>);

#[derive(Debug, Default)]
struct Rest {
    asleep: bool,
    busy_since: Option<Instant>,
}

/// A worker that finds a job now and then stays asleep: it takes this long of work to be called busy.
const BUSY: Duration = Duration::from_secs(1);

impl Sleepers {
    fn with<T>(&self, worker: WorkerId, change: impl FnOnce(&mut Rest) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(worker).or_default())
    }

    fn falls_asleep(&self, worker: WorkerId) -> bool {
        self.with(worker, |rest| {
            rest.busy_since = None;
            !std::mem::replace(&mut rest.asleep, true)
        })
    }

    fn wakes_up(&self, worker: WorkerId) -> bool {
        self.with(worker, |rest| {
            let busy = rest.busy_since.get_or_insert_with(Instant::now).elapsed() > BUSY;
            busy && std::mem::replace(&mut rest.asleep, false)
        })
    }

    /// It registers or ends: what the database says is then `false`.
    pub(super) fn forget(&self, worker: WorkerId) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&worker);
    }
}
