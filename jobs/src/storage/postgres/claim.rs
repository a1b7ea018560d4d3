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
    cursor::{Found, Place, excess},
    rows,
    session::{LIMIT, Session, Shape},
};
use crate::{
    error::Result,
    storage::{Claim, Claimed, Now, Take, WorkerId},
};

impl PostgresStorage {
    pub(super) async fn claim_ready(&self, claim: &Claim, now: Now) -> Result<Vec<Claimed>> {
        let mut takes: Vec<Take> = claim.takes.clone();
        takes.retain(|take| take.at_most > 0);
        if takes.is_empty() {
            return Ok(Vec::new());
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
            for row in session.all(query).await? {
                undone.push(row.try_get(0)?);
            }
        }
        let ticket = self.tickets.take(claim.worker);
        let claimed = self
            .take_ready(&mut session, claim.worker, &takes, ticket.number, now)
            .await?;
        session.done().await?;
        ticket.answered();
        self.tickets.looked(&lost, &undone);
        let claimed = self.rest(claim.worker, takes, claimed, now).await;
        Ok(in_order(claimed, &claim.takes))
    }

    /// Says that the worker sleeps if it found too little, or that it does not any more.
    async fn rest(
        &self,
        worker: WorkerId,
        mut takes: Vec<Take>,
        mut claimed: Vec<(i64, Claimed)>,
        now: Now,
    ) -> Vec<(i64, Claimed)> {
        for take in &mut takes {
            let came = claimed.iter().filter(|(_, job)| job.queue == take.queue);
            take.at_most -= u32::try_from(came.count())
                .unwrap_or(u32::MAX)
                .min(take.at_most);
        }
        let short = takes.iter().map(|take| (&*take.queue, take.at_most > 0));
        let Some(asleep) = self.sleepers.looked(worker, short, Instant::now()) else {
            return claimed;
        };
        match self.say(worker, asleep, &mut takes, now).await {
            Ok(more) => claimed.extend(more),
            Err(error) => {
                // What was claimed must not be lost with this; the next claim says it.
                self.sleepers.unsaid(worker, asleep);
                tracing::debug!(%error, asleep, "could not say whether the worker sleeps");
            }
        }
        claimed
    }

    async fn say(
        &self,
        worker: WorkerId,
        asleep: bool,
        takes: &mut Vec<Take>,
        now: Now,
    ) -> Result<Vec<(i64, Claimed)>> {
        let mut session = self.urgent(Shape::One).await?;
        self.say_asleep(&mut session, worker, asleep).await?;
        session.done().await?;
        takes.retain(|take| take.at_most > 0);
        if !asleep || takes.is_empty() {
            return Ok(Vec::new());
        }
        // Said first, looked at afterwards: whoever enqueues in between is seen, or sees it.
        let mut session = self.urgent(Shape::One).await?;
        let ticket = self.tickets.take(worker);
        let claimed = self
            .take_ready(&mut session, worker, takes, ticket.number, now)
            .await?;
        session.done().await?;
        ticket.answered();
        Ok(claimed)
    }

    async fn take_ready(
        &self,
        session: &mut Session<'_>,
        worker: WorkerId,
        takes: &[Take],
        ticket: i64,
        now: Now,
    ) -> Result<Vec<(i64, Claimed)>> {
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
            let of_it = || claimed.iter().filter(|(_, job)| job.queue == take.queue);
            let last = of_it()
                .map(|(seq, job)| (job.priority, job.run_at, *seq))
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
        Ok(claimed)
    }
}

/// As they should start.
fn in_order(mut claimed: Vec<(i64, Claimed)>, takes: &[Take]) -> Vec<Claimed> {
    let mut places = HashMap::new();
    for (n, take) in takes.iter().enumerate() {
        places.entry(&*take.queue).or_insert(n);
    }
    claimed.sort_by_cached_key(|(seq, job)| {
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
