//! Groups: inserting them with their jobs, and the steps of what follows when members end.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStorage,
    connect::execute,
    encode::{Hex, ids, json},
    errors::database,
    insert, limits,
    statements::{Statements, query},
};
use crate::{
    error::{Error, Result},
    record::State,
    storage::{
        Callbacks, Counts, Group, GroupId, GroupKind, Inserted, Keys, NewJob, NewWork, Now, Passed,
        row::{damaged, finished_state, state_number},
        settle::{Change, Ledger, Place, counted, given_up, refuse, settle},
    },
};

/// The record of a job that ended before its turn stays so long.
const KEPT: i64 = 86_400_000_000;

/// A job's place in groups, from these columns behind `at`: `member_of`, `member_pos`.
pub(super) fn place(row: &SqliteRow, at: usize, keys: Option<&Keys>) -> Result<Place> {
    Ok(Place {
        group: row.try_get(at).map_err(database)?,
        place: row.try_get(at + 1).map_err(database)?,
        stands_in: keys.is_some_and(|keys| keys.unique.is_some()),
    })
}

pub(super) fn group(row: &SqliteRow) -> Result<Group> {
    let number = |at: usize| row.try_get::<i64, _>(at).map_err(database);
    let kind = number(1)?;
    let counted: Option<i64> = row.try_get(12).map_err(database)?;
    let passed = number(13)?;
    let callbacks: Option<&str> = row.try_get(14).map_err(database)?;
    Ok(Group {
        id: GroupId(row.try_get(0).map_err(database)?),
        kind: GroupKind::of(kind).ok_or_else(|| damaged(format!("kind {kind} of a group")))?,
        parent: row.try_get(2).map_err(database)?,
        place: row
            .try_get::<Option<i32>, _>(3)
            .map_err(database)?
            .unwrap_or(0),
        name: row.try_get(4).map_err(database)?,
        listed: row.try_get(5).map_err(database)?,
        counts: Counts {
            total: number(6)?,
            open: number(7)?,
            succeeded: number(8)?,
            discarded: number(9)?,
            dead: number(10)?,
            cancelled: number(11)?,
        },
        counted: counted.map(finished_state).transpose()?,
        passed: Passed(i16::try_from(passed).unwrap_or(0)),
        callbacks: callbacks
            .map(|text| crate::storage::row::json("callbacks", text))
            .transpose()?
            .unwrap_or_default(),
    })
}

/// Settles what follows from members that have changed; nearly always there are none.
pub(super) async fn follow(
    connection: &mut SqliteConnection,
    statements: &Statements,
    changes: Vec<Change>,
    now: i64,
) -> Result<()> {
    if !changes.iter().any(Change::matters) {
        return Ok(());
    }
    let mut book = Book {
        connection,
        statements,
        now,
    };
    settle(&mut book, changes, &[]).await
}

/// One transaction's steps.
pub(super) struct Book<'c> {
    pub(super) connection: &'c mut SqliteConnection,
    pub(super) statements: &'c Statements,
    pub(super) now: i64,
}

impl Book<'_> {
    /// Ends jobs that wait, whatever they wait for. Gives back what they held.
    pub(super) async fn end_waiting(
        &mut self,
        rows: &[SqliteRow],
        state: State,
        reason: Option<&str>,
        retain: i64,
    ) -> Result<Vec<Change>> {
        let (mut changes, mut keyed) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let id: Uuid = row.try_get(0).map_err(database)?;
            let keys = Keys::read(row.try_get(1).map_err(database)?);
            changes.push(Change::ended(id, place(row, 2, keys.as_ref())?, state));
            keyed.extend(keys.map(|keys| (id, keys)));
        }
        if changes.is_empty() {
            return Ok(changes);
        }
        let list = ids(changes.iter().map(|change| change.job))?;
        query(&self.statements.waiting_end)
            .bind(list.clone())
            .bind(state_number(state))
            .bind(self.now)
            .bind(self.now.saturating_add(retain))
            .bind(reason.map(str::to_owned))
            .execute(&mut *self.connection)
            .await
            .map_err(database)?;
        query(&self.statements.queue_delete)
            .bind(list)
            .execute(&mut *self.connection)
            .await
            .map_err(database)?;
        limits::strand_nobody(self.connection, self.statements, &keyed, self.now).await?;
        Ok(changes)
    }
}

impl Ledger for Book<'_> {
    async fn note(&mut self, changes: &[&Change]) -> Result<Vec<(GroupId, Uuid)>> {
        let rows: Vec<_> = changes
            .iter()
            .map(|change| {
                let state = change.to.and_then(state_number);
                (Hex(change.job), state, change.output.as_deref())
            })
            .collect();
        let noted = query(&self.statements.members_note)
            .bind(json(&rows)?)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(database)?;
        let mut others = Vec::new();
        for row in &noted {
            if !row.try_get::<bool, _>(2).map_err(database)? {
                let group = GroupId(row.try_get(0).map_err(database)?);
                others.push((group, row.try_get(1).map_err(database)?));
            }
        }
        Ok(others)
    }

    async fn count(&mut self, changes: Vec<(GroupId, Counts)>) -> Result<Vec<Group>> {
        let rows: Vec<_> = changes
            .iter()
            .map(|(id, by)| {
                let ends = (by.succeeded, by.discarded, by.dead, by.cancelled);
                (Hex(id.0), by.total, by.open, ends.0, ends.1, ends.2, ends.3)
            })
            .collect();
        query(&self.statements.groups_count)
            .bind(json(&rows)?)
            .bind(self.now)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(database)?
            .iter()
            .map(group)
            .collect()
    }

    async fn mark(&mut self, groups: &[Group]) -> Result<()> {
        let rows: Vec<_> = groups
            .iter()
            .map(|group| {
                let counted = group.counted.and_then(state_number);
                (Hex(group.id.0), group.passed.0, counted)
            })
            .collect();
        query(&self.statements.groups_mark)
            .bind(json(&rows)?)
            .execute(&mut *self.connection)
            .await
            .map(drop)
            .map_err(database)
    }

    async fn outputs(&mut self, group: GroupId) -> Result<Vec<Option<String>>> {
        query(&self.statements.members_outputs)
            .bind(group.0)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(database)?
            .iter()
            .map(|row| row.try_get(0).map_err(database))
            .collect()
    }

    async fn release(
        &mut self,
        chain: Uuid,
        place: i32,
        output: String,
    ) -> Result<Option<GroupId>> {
        let begun = query(&self.statements.stage_begin)
            .bind(chain)
            .bind(place)
            .fetch_optional(&mut *self.connection)
            .await
            .map_err(database)?;
        let Some(row) = begun else { return Ok(None) };
        let stage: Uuid = row.try_get(0).map_err(database)?;
        query(&self.statements.stage_release)
            .bind(stage)
            .bind(output)
            .bind(self.now)
            .execute(&mut *self.connection)
            .await
            .map_err(database)?;
        Ok(Some(GroupId(stage)))
    }

    async fn end_later(&mut self, chain: Uuid, place: i32, state: State) -> Result<Vec<Change>> {
        let rows = query(&self.statements.stages_later)
            .bind(chain)
            .bind(place)
            .fetch_all(&mut *self.connection)
            .await
            .map_err(database)?;
        self.end_waiting(&rows, state, Some(given_up(state)), KEPT)
            .await
    }

    async fn enqueue(&mut self, jobs: Vec<NewJob>) -> Result<()> {
        let items: Vec<_> = jobs.iter().map(|job| (job, self.now)).collect();
        insert::insert(self.connection, self.statements, &items)
            .await
            .map(drop)
    }

    async fn wake(&mut self, parent: Uuid) -> Result<()> {
        query(&self.statements.wake_parked)
            .bind(parent)
            .execute(&mut *self.connection)
            .await
            .map(drop)
            .map_err(database)
    }
}

/// Inserts groups with their jobs, inside a transaction.
pub(super) async fn insert_work(
    connection: &mut SqliteConnection,
    statements: &Statements,
    work: &NewWork,
    now: i64,
) -> Result<Vec<Inserted>> {
    if let Some(batch) = work.grows {
        grows(connection, statements, batch).await?;
    }
    let items: Vec<_> = work.jobs.iter().map(|job| (job, now)).collect();
    let answers = insert::insert(connection, statements, &items).await?;
    let mut sizes: HashMap<GroupId, i64> = HashMap::new();
    let (mut members, mut changes, mut holders) = (Vec::new(), Vec::new(), Vec::new());
    for (job, answer) in work.jobs.iter().zip(&answers) {
        refuse(job, *answer)?;
        let Some(member) = &job.member else { continue };
        let group = Hex(member.group.0);
        let input = member.input.map(json).transpose()?;
        let (id, own) = match answer {
            Inserted::New | Inserted::Dead => (job.id, 1_u8),
            Inserted::Held(holder) => (*holder, 0),
            Inserted::Exists(_) | Inserted::Busy => continue,
        };
        *sizes.entry(member.group).or_default() += 1;
        if member.place.is_some() || own == 0 {
            members.push((group, member.place, Hex::from(id), own, input));
        }
        match answer {
            Inserted::Dead => changes.push(Change::ended(
                id.as_uuid(),
                Place {
                    group: Some(member.group.0),
                    place: member.place,
                    stands_in: false,
                },
                State::Dead,
            )),
            Inserted::Held(holder) => holders.push((member.group, holder.as_uuid())),
            _ => {}
        }
    }
    let groups = counted(&work.groups, &sizes);
    if !groups.is_empty() {
        let rows = groups
            .iter()
            .map(|group| {
                let callbacks = (group.callbacks != Callbacks::default())
                    .then(|| json(&group.callbacks))
                    .transpose()?;
                Ok((
                    Hex(group.id.0),
                    group.kind.number(),
                    group.parent.map(Hex),
                    group.place,
                    &group.name,
                    u8::from(group.listed),
                    group.counts.total,
                    group.passed.0,
                    callbacks,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        query(&statements.groups_insert)
            .bind(json(&rows)?)
            .bind(now)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    if !members.is_empty() {
        query(&statements.members_insert)
            .bind(json(&members)?)
            .execute(&mut *connection)
            .await
            .map_err(database)?;
    }
    let mut book = Book {
        connection,
        statements,
        now,
    };
    let mut touched: Vec<GroupId> = groups
        .iter()
        .filter(|group| group.counts.open == 0)
        .map(|group| group.id)
        .collect();
    if let Some(batch) = work.grows {
        let mut by = Counts::default();
        let inner = work.groups.iter().filter(|g| g.parent == Some(batch.0));
        by.grow(
            sizes.get(&batch).copied().unwrap_or(0) + i64::try_from(inner.count()).unwrap_or(0),
        );
        book.count(vec![(batch, by)]).await?;
        touched.push(batch);
    }
    changes.extend(ended_holders(&mut book, &holders).await?);
    if !changes.is_empty() || !touched.is_empty() {
        settle(&mut book, changes, &touched).await?;
    }
    Ok(answers)
}

/// A key may outlive its job: those places are taken by jobs that have ended already.
async fn ended_holders(book: &mut Book<'_>, holders: &[(GroupId, Uuid)]) -> Result<Vec<Change>> {
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let found = query(&book.statements.holders)
        .bind(ids(holders.iter().map(|(_, id)| *id))?)
        .fetch_all(&mut *book.connection)
        .await
        .map_err(database)?;
    let mut known: HashMap<Uuid, (Option<State>, Option<String>)> = HashMap::new();
    for row in &found {
        let state: Option<i64> = row.try_get(1).map_err(database)?;
        let state = state.map(finished_state).transpose()?;
        known
            .entry(row.try_get(0).map_err(database)?)
            .or_insert((state, row.try_get(2).map_err(database)?));
    }
    let mut changes: HashMap<Uuid, Change> = HashMap::new();
    for (_, id) in holders {
        // Without a record it has ended, and nothing is known of it but that.
        let (state, output) = known
            .get(id)
            .cloned()
            .unwrap_or((Some(State::Succeeded), None));
        if state.is_some() {
            changes.insert(
                *id,
                Change {
                    job: *id,
                    member_of: None,
                    listed: true,
                    from: None,
                    to: state,
                    output,
                },
            );
        }
    }
    Ok(changes.into_values().collect())
}

/// Whether a batch takes more members.
async fn grows(
    connection: &mut SqliteConnection,
    statements: &Statements,
    batch: GroupId,
) -> Result<()> {
    let found = query(&statements.groups_grow)
        .bind(batch.0)
        .fetch_optional(connection)
        .await
        .map_err(database)?;
    let row = found.ok_or(Error::BatchNotFound { id: batch.0 })?;
    if row.try_get(1).map_err(database)? {
        return Err(Error::BatchCancelled { id: batch.0 });
    }
    Ok(())
}

impl SqliteStorage {
    pub(super) async fn insert_work(&self, work: NewWork, now: Now) -> Result<Vec<Inserted>> {
        let now = self.clock.micros(now);
        let (statements, work) = (self.statements.clone(), std::sync::Arc::new(work));
        self.writer
            .write(move |connection| {
                let (statements, work) = (statements.clone(), work.clone());
                Box::pin(async move { insert_work(connection, &statements, &work, now).await })
            })
            .await
    }

    /// Inserts groups and their jobs within a caller's transaction; nothing is there before its commit.
    ///
    /// # Errors
    /// The database fails; then nothing of this call was inserted.
    pub async fn insert_work_on(
        &self,
        connection: &mut SqliteConnection,
        work: NewWork,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        let now = self.clock.micros(now);
        execute(connection, "SAVEPOINT jobs_work").await?;
        let done = insert_work(connection, &self.statements, &work, now).await;
        if done.is_err() {
            let _ = execute(connection, "ROLLBACK TO jobs_work").await;
        }
        let released = execute(connection, "RELEASE jobs_work").await;
        let answers = done?;
        released?;
        Ok(answers)
    }
}
