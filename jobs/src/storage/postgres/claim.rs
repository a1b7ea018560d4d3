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
    cursor::{Found, Place, excess},
    rows,
    session::{LIMIT, Session, Shape},
    uniques::Returned,
};
use crate::{
    error::Result,
    storage::{Claim, Claimed, Keys, Now, Take, WorkerId},
};

/// A claim whose jobs are turned away by limits goes on no longer than that.
const LONGEST: Duration = Duration::from_secs(5);

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
        let mut takes: Vec<Take> = claim.takes.clone();
        takes.retain(|take| take.at_most > 0);
        if takes.is_empty() {
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
        let claimed = self
            .take_ready(&mut session, claim.worker, &takes, ticket.number, now)
            .await?;
        session.done().await?;
        // Until it is admitted, a job is as if its claim had not been answered.
        let mut round = self.admit(claimed, now).await?;
        ticket.answered();
        self.tickets.looked(&lost, &undone);
        // After a round that met full keys comes another, which sees what is left.
        if round.blocked == 0 {
            let more = self.rest(claim.worker, takes, &round.jobs, now).await;
            round.jobs.extend(more.jobs);
            round.blocked = more.blocked;
        }
        Ok(round)
    }

    /// Says that the worker sleeps if it found too little, or that it does not any more. What came meanwhile is taken.
    async fn rest(
        &self,
        worker: WorkerId,
        mut takes: Vec<Take>,
        claimed: &[Claimed],
        now: Now,
    ) -> Round {
        for take in &mut takes {
            let came = claimed.iter().filter(|job| job.queue == take.queue);
            take.at_most -= u32::try_from(came.count())
                .unwrap_or(u32::MAX)
                .min(take.at_most);
        }
        let short = takes.iter().map(|take| (&*take.queue, take.at_most > 0));
        let Some(asleep) = self.sleepers.looked(worker, short, Instant::now()) else {
            return Round::default();
        };
        match self.say(worker, asleep, &mut takes, now).await {
            Ok(more) => more,
            Err(error) => {
                // What was claimed must not be lost with this; the next claim says it.
                self.sleepers.unsaid(worker, asleep);
                tracing::debug!(%error, asleep, "could not say whether the worker sleeps");
                Round::default()
            }
        }
    }

    async fn say(
        &self,
        worker: WorkerId,
        asleep: bool,
        takes: &mut Vec<Take>,
        now: Now,
    ) -> Result<Round> {
        let mut session = self.urgent(Shape::One).await?;
        self.say_asleep(&mut session, worker, asleep).await?;
        session.done().await?;
        takes.retain(|take| take.at_most > 0);
        if !asleep || takes.is_empty() {
            return Ok(Round::default());
        }
        // Said first, looked at afterwards: whoever enqueues in between is seen, or sees it.
        let mut session = self.urgent(Shape::One).await?;
        let ticket = self.tickets.take(worker);
        let claimed = self
            .take_ready(&mut session, worker, takes, ticket.number, now)
            .await?;
        session.done().await?;
        let round = self.admit(claimed, now).await?;
        ticket.answered();
        Ok(round)
    }

    async fn take_ready(
        &self,
        session: &mut Session<'_>,
        worker: WorkerId,
        takes: &[Take],
        ticket: i64,
        now: Now,
    ) -> Result<Vec<WithKeys>> {
        let began = Instant::now();
        let from: Vec<Place> = takes
            .iter()
            .map(|take| self.cursors.place(&take.queue, began))
            .collect();
        let from = || from.iter();
        let query = session
            .statement(&self.sql.claim)
            .bind(now)
            .bind(worker.0)
            .bind(takes.iter().map(|take| &*take.queue).collect::<Vec<&str>>())
            .bind(
                takes
                    .iter()
                    .map(|take| i32::try_from(take.at_most).unwrap_or(i32::MAX))
                    .collect::<Vec<_>>(),
            )
            .bind(ticket)
            .bind(
                from()
                    .map(|place| place.map_or(i16::MIN, |place| place.0))
                    .collect::<Vec<_>>(),
            )
            .bind(
                from()
                    .map(|place| place.map(|place| place.1))
                    .collect::<Vec<_>>(),
            )
            .bind(
                from()
                    .map(|place| place.map_or(0, |place| place.2))
                    .collect::<Vec<_>>(),
            );
        let rows = session.all(query).await?;
        let excess = excess(began.elapsed(), rows.len());
        let claimed = rows
            .iter()
            .map(|row| Ok((row.try_get::<i64, _>("seq")?, rows::claimed(row)?)))
            .collect::<Result<Vec<_>>>()?;
        for (take, from) in takes.iter().zip(from()) {
            let of_it = || {
                let all = claimed.iter();
                all.filter(|(_, (job, _))| job.queue == take.queue)
            };
            let last = of_it()
                .map(|(seq, (job, _))| (job.priority, job.run_at, *seq))
                .max();
            let claimed = of_it().count();
            let found = Found {
                from: *from,
                last,
                claimed,
                short: claimed < take.at_most as usize,
                excess,
            };
            self.cursors.found(&take.queue, found, began);
        }
        Ok(in_order(claimed, takes))
    }
}

/// A claimed job and what its claim takes.
pub(super) type WithKeys = (Claimed, Option<Keys>);

/// As they should start.
fn in_order(mut claimed: Vec<(i64, WithKeys)>, takes: &[Take]) -> Vec<WithKeys> {
    let mut places = HashMap::new();
    for (n, take) in takes.iter().enumerate() {
        places.entry(&*take.queue).or_insert(n);
    }
    claimed.sort_by_cached_key(|(seq, (job, _))| {
        let place = places.get(&*job.queue).copied();
        (place, job.priority, job.run_at, *seq)
    });
    claimed.into_iter().map(|(_, job)| job).collect()
}

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
    pub(super) fn take(&self, worker: WorkerId) -> Ticket<'_> {
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
    pub(super) fn answered(mut self) {
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
