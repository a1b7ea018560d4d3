//! Inserting groups with their jobs, in one transaction.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    SqliteStorage,
    connect::execute,
    encode::{Hex, ids, json},
    errors::database,
    groups::Book,
    insert,
    statements::{Statements, query},
};
use crate::{
    error::{Error, Result},
    record::State,
    storage::{
        Callbacks, Counts, GroupId, Inserted, NewWork, Now,
        row::finished_state,
        settle::{Change, Ledger as _, Place, counted, refuse, settle},
    },
};

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
