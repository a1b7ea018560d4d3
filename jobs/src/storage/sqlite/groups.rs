//! Groups: inserting them with their jobs, and the steps of what follows when members end.

use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    encode::{Hex, ids, json},
    errors::database,
    insert, limits,
    statements::{Statements, query},
};
use crate::{
    error::Result,
    record::State,
    storage::{
        Awaited, Counts, Group, GroupId, GroupKind, Keys, NewJob, Passed,
        row::{damaged, finished_state, state_number},
        settle::{Change, Ledger, Place, given_up, settle},
    },
};

/// The record of a job that ended before its turn stays so long.
pub(super) const KEPT: i64 = 86_400_000_000;

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

    async fn wake(&mut self, parent: Uuid, children: GroupId) -> Result<()> {
        query(&self.statements.wake_parked)
            .bind(parent)
            .bind(Awaited::Children(children).stored())
            .execute(&mut *self.connection)
            .await
            .map(drop)
            .map_err(database)
    }
}
