//! Groups: inserting them with their jobs, and the steps of what follows when members end.

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage,
    insert::{Batch, Told},
    rows::{read, state, state_code},
    session::{Session, Statement},
    uniques::Returned,
};
use crate::{
    error::{Error, Result},
    record::State,
    storage::{
        Awaited, Counts, Group, GroupId, GroupKind, Keys, NewJob, Now, Passed,
        settle::{Change, Ledger, Place, given_up, settle},
    },
};

/// The record of a job that ended before its turn stays so long, in microseconds.
pub(super) const KEPT: i64 = 86_400_000_000;

/// What a row that is id, keys, held, `member_of`, `member_pos` behind `at` columns says of groups.
pub(super) fn place(row: &PgRow, at: usize) -> Result<(Uuid, Place)> {
    place_of(row, [at, at + 1, at + 3])
}

/// The same of rows that are in another order: id, keys, `member_of` and `member_pos` behind it.
pub(super) fn place_of(row: &PgRow, at: [usize; 3]) -> Result<(Uuid, Place)> {
    let keys = Keys::read(row.try_get(at[1])?);
    let place = Place {
        group: row.try_get(at[2])?,
        place: row.try_get(at[2] + 1)?,
        stands_in: keys.is_some_and(|keys| keys.unique.is_some()),
    };
    Ok((row.try_get(at[0])?, place))
}

pub(super) fn group(row: &PgRow) -> Result<Group> {
    let number = |column: &str| Ok::<i64, Error>(row.try_get::<i32, _>(column)?.into());
    let kind: i16 = row.try_get("kind")?;
    let counted: Option<i16> = row.try_get("counted")?;
    let callbacks: Option<&str> = row.try_get("callbacks")?;
    Ok(Group {
        id: GroupId(row.try_get("id")?),
        kind: GroupKind::of(kind.into()).ok_or_else(|| Error::Damaged {
            what: format!("kind {kind} of a group"),
        })?,
        parent: row.try_get("parent")?,
        place: row.try_get::<Option<i32>, _>("place")?.unwrap_or(0),
        name: row.try_get("name")?,
        listed: row.try_get("listed")?,
        counts: Counts {
            total: number("total")?,
            open: number("open")?,
            succeeded: number("succeeded")?,
            discarded: number("discarded")?,
            dead: number("dead")?,
            cancelled: number("cancelled")?,
        },
        counted: counted
            .map(|counted| state(None, false, Some(counted)))
            .transpose()?,
        passed: Passed(row.try_get("passed")?),
        callbacks: callbacks
            .map(|text| read("callbacks", text))
            .transpose()?
            .unwrap_or_default(),
    })
}

fn code(state: Option<State>) -> Result<Option<i16>> {
    state.map(state_code).transpose()
}

pub(super) fn small(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// One transaction's steps.
pub(super) struct Book<'b, 's> {
    pub(super) storage: &'b PostgresStorage,
    pub(super) session: &'b mut Session<'s>,
    pub(super) now: Now,
}

impl Book<'_, '_> {
    async fn all(&mut self, query: Statement) -> Result<Vec<PgRow>> {
        self.session.all(query).await
    }

    /// Ends jobs that wait, whatever they wait for. Gives back what they held.
    pub(super) async fn end_waiting(
        &mut self,
        ids: Vec<Uuid>,
        state: State,
        reason: Option<&str>,
        retain: i64,
    ) -> Result<Vec<Change>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = self
            .session
            .statement(&self.storage.sql.waiting_end)
            .bind(self.now)
            .bind(ids)
            .bind(state_code(state)?)
            .bind(retain)
            .bind(reason.map(str::to_owned));
        let rows = self.all(query).await?;
        let (mut over, mut changes) = (Returned::default(), Vec::with_capacity(rows.len()));
        for row in &rows {
            over.note(row)?;
            let (id, place) = place(row, 0)?;
            changes.push(Change::ended(id, place, state));
        }
        self.storage
            .strand_nobody(self.session, over, self.now)
            .await?;
        Ok(changes)
    }
}

impl Ledger for Book<'_, '_> {
    async fn note(&mut self, changes: &[&Change]) -> Result<Vec<(GroupId, Uuid)>> {
        let (mut jobs, mut states, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            jobs.push(change.job);
            states.push(code(change.to)?);
            outputs.push(change.output.clone());
        }
        let query = self
            .session
            .statement(&self.storage.sql.members_note)
            .bind(jobs)
            .bind(states)
            .bind(outputs);
        let mut others = Vec::new();
        for row in self.all(query).await? {
            if !row.try_get::<bool, _>(2)? {
                others.push((GroupId(row.try_get(0)?), row.try_get(1)?));
            }
        }
        Ok(others)
    }

    async fn count(&mut self, changes: Vec<(GroupId, Counts)>) -> Result<Vec<Group>> {
        let of = |pick: fn(&Counts) -> i64| -> Vec<i32> {
            changes.iter().map(|(_, by)| small(pick(by))).collect()
        };
        let ids: Vec<Uuid> = changes.iter().map(|(id, _)| id.0).collect();
        let query = self
            .session
            .statement(&self.storage.sql.groups_count)
            .bind(self.now)
            .bind(ids)
            .bind(of(|by| by.total))
            .bind(of(|by| by.open))
            .bind(of(|by| by.succeeded))
            .bind(of(|by| by.discarded))
            .bind(of(|by| by.dead))
            .bind(of(|by| by.cancelled));
        self.all(query).await?.iter().map(group).collect()
    }

    async fn mark(&mut self, groups: &[Group]) -> Result<()> {
        let counted: Vec<_> = groups
            .iter()
            .map(|group| code(group.counted))
            .collect::<Result<_>>()?;
        let query = self
            .session
            .statement(&self.storage.sql.groups_mark)
            .bind(groups.iter().map(|group| group.id.0).collect::<Vec<_>>())
            .bind(
                groups
                    .iter()
                    .map(|group| group.passed.0)
                    .collect::<Vec<_>>(),
            )
            .bind(counted);
        self.session.run(query).await.map(drop)
    }

    async fn outputs(&mut self, group: GroupId) -> Result<Vec<Option<String>>> {
        let query = self
            .session
            .statement(&self.storage.sql.members_of)
            .bind(group.0);
        let rows = self.all(query).await?;
        rows.iter().map(|row| Ok(row.try_get(2)?)).collect()
    }

    async fn release(
        &mut self,
        chain: Uuid,
        place: i32,
        output: String,
    ) -> Result<Option<GroupId>> {
        let query = self
            .session
            .statement(&self.storage.sql.stage_release)
            .bind(self.now)
            .bind(chain)
            .bind(place)
            .bind(output);
        let stage = self.session.maybe(query).await?;
        stage.map(|row| Ok(GroupId(row.try_get(0)?))).transpose()
    }

    async fn end_later(&mut self, chain: Uuid, place: i32, state: State) -> Result<Vec<Change>> {
        let query = self
            .session
            .statement(&self.storage.sql.stages_later)
            .bind(chain)
            .bind(place);
        let rows = self.all(query).await?;
        let ids = rows
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect::<Result<Vec<Uuid>>>()?;
        self.end_waiting(ids, state, Some(given_up(state)), KEPT)
            .await
    }

    async fn enqueue(&mut self, jobs: Vec<NewJob>) -> Result<()> {
        let batch = Batch::new(&jobs);
        let persistent = self.session.is_persistent();
        self.storage
            .insert_parts(
                self.session.connection(),
                persistent,
                &jobs,
                &batch,
                false,
                Told::Own,
                self.now,
            )
            .await
            .map(drop)
    }

    async fn wake(&mut self, parent: Uuid, children: GroupId) -> Result<()> {
        let query = self
            .session
            .statement(&self.storage.sql.wake_parked)
            .bind(parent)
            .bind(Awaited::Children(children).stored());
        self.session.run(query).await.map(drop)
    }
}

impl PostgresStorage {
    /// Settles what follows from members that have changed; nearly always there are none.
    pub(super) async fn follow(
        &self,
        session: &mut Session<'_>,
        changes: Vec<Change>,
        now: Now,
    ) -> Result<()> {
        if !changes.iter().any(Change::matters) {
            return Ok(());
        }
        let mut book = Book {
            storage: self,
            session,
            now,
        };
        settle(&mut book, changes, &[]).await
    }
}
