//! Ending claims: each statement writes those rows whose claim still holds, and says which.
//!
//! A finish that matches no row was either written before or is stale. It was written before if the job's last ended
//! claim is this one and ended in the same way: finished jobs keep that claim in their record, the others in their
//! row. Where no record is kept, a job that is gone counts as finished by this claim: nothing tells otherwise.

use std::collections::{HashMap, HashSet};

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    checkpoints,
    clock::{after, micros},
    encode::{Hex, Texts, ids, json},
    errors::database,
    group_view::cancel_children_of,
    groups, limits,
    release::{Release, how_it_ended},
    statements::{Bound, Statements, query},
    uniques::{self, Keyed},
};
use crate::{
    error::Result,
    failure::JobError,
    record::State,
    storage::{
        Ack, End, Finish, Keys, Next,
        row::{damaged, no_error, search_text, state_number},
        settle::{Change, Place},
        sql::without_nul,
    },
};

/// So many go into one statement.
const ROWS: usize = 2_000;

/// A dead letter is kept so long if nothing else is said.
const DEAD: i64 = 90 * 86_400_000_000;

/// Ends claims inside a transaction; one answer for each, in order.
pub(super) async fn finish(
    connection: &mut SqliteConnection,
    statements: &Statements,
    items: &[(&Finish, i64)],
) -> Result<Vec<Ack>> {
    let mut answers = vec![Ack::Stale; items.len()];
    let mut waiting: Vec<usize> = (0..items.len()).collect();
    while !waiting.is_empty() {
        // A statement must not meet a job twice: the second finish waits for the next round, and finds the first.
        let mut seen = HashSet::with_capacity(waiting.len());
        let (round, later): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|at| seen.len() < ROWS && seen.insert(items[*at].0.claim.id));
        waiting = later;
        let chunk: Vec<_> = round.iter().map(|at| items[*at]).collect();
        let acks = finish_chunk(connection, statements, &chunk).await?;
        for (at, ack) in round.into_iter().zip(acks) {
            answers[at] = ack;
        }
    }
    Ok(answers)
}

/// What the statements are given, collected from the items.
#[derive(Default)]
struct Rows<'a> {
    ends: Vec<EndRow<'a>>,
    releases: Vec<Release<'a>>,
    attempts: Vec<AttemptRow>,
    letters: Vec<LetterRow>,
    /// Jobs of which nothing is kept.
    forgotten: Vec<Uuid>,
    any_kept: bool,
    /// Jobs that go on later in what they began: they take no keys again.
    parked: HashSet<Uuid>,
    /// Those of them that wait for something besides a time.
    awaiting: Vec<Uuid>,
}

/// A job that ends: its id, what it has in common with others, fence, started_at, output.
type EndRow<'a> = (Uuid, EndHead, i64, Option<i64>, Option<&'a str>);
/// worker, state, reason, finished_at, expires_at, called, has output
type EndHead = (Hex, i64, Option<String>, i64, Option<i64>, u8, u8);
/// id, worker, fence, started_at, ended_at, error, logs
type AttemptRow = (
    Hex,
    Hex,
    i64,
    Option<i64>,
    i64,
    Option<String>,
    Option<String>,
);
/// id, worker, fence, died_at, error_type, message, search, error
type LetterRow = (Hex, Hex, i64, i64, String, String, String, String);

impl<'a> Rows<'a> {
    fn add(&mut self, item: &'a Finish, now: i64) -> Result<()> {
        let started = item.ran.map(|ran| now.saturating_sub(micros(ran)));
        match &item.to {
            Next::End(end) => return self.end(item, end, started, now),
            Next::Retry { error, .. } => {
                if started.is_some() {
                    self.attempt(item, started, now, error.as_ref())?;
                }
            }
            // Whoever declares a worker lost cannot know when it called the function.
            Next::Crashed { error } => self.attempt(item, started, now, Some(error))?,
            Next::PutBack | Next::Block { .. } => {}
            Next::Park { on, .. } => {
                if on.is_some() {
                    self.awaiting.push(item.claim.id.as_uuid());
                }
                self.parked.insert(item.claim.id.as_uuid());
            }
        }
        self.releases.extend(Release::of(item, now));
        Ok(())
    }

    fn end(
        &mut self,
        item: &'a Finish,
        end: &'a End,
        started: Option<i64>,
        now: i64,
    ) -> Result<()> {
        let claim = item.claim;
        let (id, worker) = (Hex::from(claim.id), Hex(claim.worker.0));
        let state = state_number(end.state)
            .ok_or_else(|| damaged(format!("a job cannot end {}", end.state)))?;
        let expires = match (end.retain, end.state) {
            (Some(retain), _) => Some(after(now, retain)),
            (None, State::Dead) => Some(now.saturating_add(DEAD)),
            (None, _) => None,
        };
        let reason = end.reason.as_deref().map(without_nul);
        if expires.is_some() {
            self.any_kept = true;
            if started.is_some() && (end.error.is_some() || item.logs.is_some()) {
                self.attempt(item, started, now, end.error.as_ref())?;
            }
        } else {
            self.forgotten.push(claim.id.as_uuid());
        }
        if end.state == State::Dead {
            let error = match &end.error {
                Some(error) => error.clone(),
                None => no_error(reason.as_deref())?,
            };
            self.letters.push((
                id,
                worker,
                claim.fence,
                now,
                without_nul(error.type_name()),
                without_nul(error.message()),
                search_text(&error),
                json(&error)?,
            ));
        }
        let output = end.output.as_deref();
        let flags = (u8::from(started.is_some()), u8::from(output.is_some()));
        let head = (worker, state, reason, now, expires, flags.0, flags.1);
        self.ends
            .push((claim.id.as_uuid(), head, claim.fence, started, output));
        Ok(())
    }

    fn attempt(
        &mut self,
        item: &Finish,
        started: Option<i64>,
        now: i64,
        error: Option<&JobError>,
    ) -> Result<()> {
        let claim = item.claim;
        let error = error.map(json).transpose()?;
        self.attempts.push((
            claim.id.into(),
            Hex(claim.worker.0),
            claim.fence,
            started,
            now,
            error,
            item.logs.as_deref().map(without_nul),
        ));
        Ok(())
    }
}

/// The two texts of the statements that end jobs: rows and heads.
fn encode(ends: Vec<EndRow<'_>>) -> Result<(String, String)> {
    let mut rows = Texts::with_capacity(ends.len());
    let mut heads: Vec<EndHead> = Vec::new();
    let mut numbers: HashMap<EndHead, usize> = HashMap::new();
    for (id, head, fence, started, output) in ends {
        let next = heads.len();
        let number = *numbers.entry(head).or_insert_with_key(|head| {
            heads.push(head.clone());
            next
        });
        let digits = format!("{fence:020}{:020}", started.unwrap_or(0));
        rows.push(id, number, &digits, output.unwrap_or_default())?;
    }
    Ok((rows.finish()?, json(&heads)?))
}

async fn finish_chunk(
    connection: &mut SqliteConnection,
    statements: &Statements,
    items: &[(&Finish, i64)],
) -> Result<Vec<Ack>> {
    let mut rows = Rows::default();
    let now = items.last().map_or(0, |(_, now)| *now);
    for (item, now) in items {
        rows.add(item, *now)?;
    }
    let mut written = Written::default();
    // What is read from the row goes before what removes or changes it.
    if !rows.attempts.is_empty() {
        execute(connection, &statements.attempts_add, json(&rows.attempts)?).await?;
    }
    if !rows.letters.is_empty() {
        execute(connection, &statements.letters_add, json(&rows.letters)?).await?;
    }
    if !rows.ends.is_empty() {
        let (ends, heads) = encode(std::mem::take(&mut rows.ends))?;
        if rows.any_kept {
            query(&statements.end_history)
                .bind(ends.clone())
                .bind(heads.clone())
                .execute(&mut *connection)
                .await
                .map_err(database)?;
        }
        let deleting = query(&statements.end_delete).bind(ends).bind(heads);
        let (ended, held) = written.note(deleting, connection).await?;
        uniques::free(connection, statements, &ended, now).await?;
        limits::free(connection, statements, &held, now).await?;
    }
    if !rows.releases.is_empty() {
        let before = written.asked_to_cancel.len();
        let releasing = query(&statements.release).bind(json(&rows.releases)?);
        let (mut moved, held) = written.note(releasing, connection).await?;
        let asked = written.asked_to_cancel[before..].to_vec();
        if let Some((_, now)) = items.first().filter(|_| !asked.is_empty()) {
            let list = ids(asked.iter().copied())?;
            query(&statements.cancel_released)
                .bind(list.clone())
                .bind(*now)
                .execute(&mut *connection)
                .await
                .map_err(database)?;
            execute(connection, &statements.attempts_released, list.clone()).await?;
            execute(connection, &statements.delete_released, list.clone()).await?;
            checkpoints::forget(connection, statements, list).await?;
            let over = moved
                .extract_if(.., |(id, _)| asked.contains(id))
                .collect::<Vec<_>>();
            uniques::free(connection, statements, &over, *now).await?;
            written.cancelled.extend(asked);
        }
        moved.retain(|(id, _)| !rows.parked.contains(id));
        uniques::take_again(connection, statements, &moved, now).await?;
        checkpoints::unpark(connection, statements, rows.awaiting).await?;
        limits::free(connection, statements, &held, now).await?;
    }
    groups::follow(connection, statements, written.changes(items), now).await?;
    cancel_children_of(
        connection,
        statements,
        written.cancelled_now(items),
        groups::KEPT,
        now,
    )
    .await?;
    rows.forgotten.retain(|id| written.ids.contains(id));
    if !rows.forgotten.is_empty() {
        let list = ids(rows.forgotten)?;
        execute(connection, &statements.attempts_forget, list.clone()).await?;
        checkpoints::forget(connection, statements, list).await?;
    }
    if !written.asked_to_cancel.is_empty() {
        let asked = ids(written.asked_to_cancel)?;
        execute(connection, &statements.cancels_forget, asked).await?;
    }
    let unwritten = items
        .iter()
        .map(|(item, _)| item.claim.id.as_uuid())
        .filter(|id| !written.ids.contains(id));
    let standing = standing(connection, statements, unwritten.collect()).await?;
    let ack = |(item, _): &(&Finish, i64)| {
        let id = item.claim.id.as_uuid();
        if written.cancelled.contains(&id) {
            Ack::Cancelled
        } else if written.ids.contains(&id) {
            Ack::Done
        } else {
            written_before(item, standing.get(&id))
        }
    };
    Ok(items.iter().map(ack).collect())
}

/// What the guarded statements say they wrote.
#[derive(Default)]
struct Written {
    ids: HashSet<Uuid>,
    asked_to_cancel: Vec<Uuid>,
    /// Released, and ended at once.
    cancelled: HashSet<Uuid>,
    /// What groups may be told of.
    places: HashMap<Uuid, Place>,
}

impl Written {
    /// Those with keys are returned, and those of them that held slots.
    async fn note(
        &mut self,
        statement: Bound,
        connection: &mut SqliteConnection,
    ) -> Result<(Vec<Keyed>, Vec<Keyed>)> {
        let (mut keyed, mut held) = (Vec::new(), Vec::new());
        let rows = statement.fetch_all(connection).await.map_err(database)?;
        for row in &rows {
            let id = row.try_get(0).map_err(database)?;
            self.ids.insert(id);
            if row.try_get(1).map_err(database)? {
                self.asked_to_cancel.push(id);
            }
            let keys = Keys::read(row.try_get(2).map_err(database)?);
            let place = groups::place(row, 4, keys.as_ref())?;
            if place != Place::default() {
                self.places.insert(id, place);
            }
            if let Some(keys) = keys {
                if row.try_get::<Option<bool>, _>(3).map_err(database)? == Some(true) {
                    held.push((id, keys.clone()));
                }
                keyed.push((id, keys));
            }
        }
        Ok((keyed, held))
    }

    /// The jobs that have ended as cancelled.
    fn cancelled_now(&self, items: &[(&Finish, i64)]) -> Vec<Uuid> {
        let ended = items.iter().filter_map(|(item, _)| {
            let id = item.claim.id.as_uuid();
            let own = matches!(&item.to, Next::End(end) if end.state == State::Cancelled);
            let is = self.cancelled.contains(&id) || (own && self.ids.contains(&id));
            is.then_some(id)
        });
        ended.collect()
    }

    /// The members of groups that have ended.
    fn changes(&self, items: &[(&Finish, i64)]) -> Vec<Change> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let ended = items.iter().filter_map(|(item, _)| {
            let id = item.claim.id.as_uuid();
            let place = *self.places.get(&id)?;
            match &item.to {
                Next::End(end) => Some(Change {
                    output: end.output.clone(),
                    ..Change::ended(id, place, end.state)
                }),
                _ if self.cancelled.contains(&id) => {
                    Some(Change::ended(id, place, State::Cancelled))
                }
                _ => None,
            }
        });
        ended.collect()
    }
}

/// The claim that ended last, and how.
struct Standing {
    /// `None` if the job has not ended.
    state: Option<i64>,
    worker: Option<Uuid>,
    fence: i64,
    how: Option<i64>,
}

async fn standing(
    connection: &mut SqliteConnection,
    statements: &Statements,
    wanted: Vec<Uuid>,
) -> Result<HashMap<Uuid, Standing>> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = query(&statements.standing)
        .bind(ids(wanted)?)
        .fetch_all(connection)
        .await
        .map_err(database)?;
    let mut all = HashMap::with_capacity(rows.len());
    for row in &rows {
        let standing = Standing {
            state: row.try_get(1).map_err(database)?,
            worker: row.try_get(2).map_err(database)?,
            fence: row.try_get(3).map_err(database)?,
            how: row.try_get(4).map_err(database)?,
        };
        // The hot table's row comes first.
        all.entry(row.try_get(0).map_err(database)?)
            .or_insert(standing);
    }
    Ok(all)
}

fn written_before(item: &Finish, standing: Option<&Standing>) -> Ack {
    let Some(standing) = standing else {
        let fleeting =
            matches!(&item.to, Next::End(end) if end.retain.is_none() && end.state != State::Dead);
        return if fleeting { Ack::Done } else { Ack::Stale };
    };
    if standing.worker != Some(item.claim.worker.0) || standing.fence != item.claim.fence {
        return Ack::Stale;
    }
    match &item.to {
        Next::End(end) if standing.state == state_number(end.state) => Ack::Done,
        Next::End(_) => Ack::Stale,
        _ if standing.state == state_number(State::Cancelled) => Ack::Cancelled,
        other if standing.state.is_none() && standing.how == how_it_ended(other) => Ack::Done,
        _ => Ack::Stale,
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: &std::sync::Arc<str>,
    rows: String,
) -> Result<()> {
    query(statement)
        .bind(rows)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database)
}
