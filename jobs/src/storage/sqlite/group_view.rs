//! Groups as callers see them: cancelled as a whole, and looked at.

use std::time::Duration;

use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    SqliteStorage,
    clock::micros,
    encode::ids,
    errors::database,
    groups::{Book, group},
    statements::{Statements, query},
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        GroupCancelled, GroupId, GroupRow, GroupTree, MemberRow, Now, StageMember,
        inspect::{GroupsIn, GroupsPage},
        row::{finished_state, time},
        settle::{Place, settle},
    },
};

fn whole(row: &SqliteRow) -> Result<GroupRow> {
    let ended: Option<i64> = row.try_get(16).map_err(database)?;
    Ok(GroupRow {
        group: group(row)?,
        created_at: time(row.try_get(15).map_err(database)?)?,
        ended_at: ended.map(time).transpose()?,
    })
}

/// Ends what waits in a group and below it, up to `limit` jobs, and asks what runs.
async fn cancel_group(
    connection: &mut SqliteConnection,
    statements: &Statements,
    group: Uuid,
    retain: i64,
    limit: u32,
    now: i64,
) -> Result<Option<GroupCancelled>> {
    let known = query(&statements.group_give_up)
        .bind(group)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    if known.is_empty() {
        return Ok(None);
    }
    let rows = query(&statements.group_waiting)
        .bind(group)
        .bind(limit)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let asked = query(&statements.group_ask)
        .bind(group)
        .bind(retain)
        .execute(&mut *connection)
        .await
        .map_err(database)?
        .rows_affected();
    let mut book = Book {
        connection,
        statements,
        now,
    };
    let changes = book
        .end_waiting(&rows, State::Cancelled, None, retain)
        .await?;
    let ended = changes
        .iter()
        .map(|change| JobId::from(change.job))
        .collect();
    let parents = changes.iter().map(|change| change.job).collect();
    settle(&mut book, changes, &[]).await?;
    cancel_children_of(connection, statements, parents, retain, now).await?;
    Ok(Some(GroupCancelled { ended, asked }))
}

/// A job of a chain is being cancelled: nothing of the chain that has not begun is to begin.
pub(super) async fn cancel_chain_of(
    connection: &mut SqliteConnection,
    statements: &Statements,
    of: Place,
    retain: i64,
    now: i64,
) -> Result<()> {
    let (Some(stage), Some(_)) = (of.group, of.place) else {
        return Ok(());
    };
    let chain = query(&statements.group_chain)
        .bind(stage)
        .fetch_optional(&mut *connection)
        .await
        .map_err(database)?;
    let Some(row) = chain else { return Ok(()) };
    let chain: Uuid = row.try_get(0).map_err(database)?;
    let rows = query(&statements.group_waiting)
        .bind(chain)
        .bind(i64::MAX)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let mut book = Book {
        connection,
        statements,
        now,
    };
    let changes = book
        .end_waiting(&rows, State::Cancelled, None, retain)
        .await?;
    settle(&mut book, changes, &[]).await
}

/// These jobs are cancelled: so are the children that they await, and those of these.
pub(super) async fn cancel_children_of(
    connection: &mut SqliteConnection,
    statements: &Statements,
    mut parents: Vec<Uuid>,
    retain: i64,
    now: i64,
) -> Result<()> {
    while !parents.is_empty() {
        let groups = query(&statements.children_of)
            .bind(ids(std::mem::take(&mut parents))?)
            .fetch_all(&mut *connection)
            .await
            .map_err(database)?;
        for row in &groups {
            let group: Uuid = row.try_get(0).map_err(database)?;
            let rows = query(&statements.group_waiting)
                .bind(group)
                .bind(i64::MAX)
                .fetch_all(&mut *connection)
                .await
                .map_err(database)?;
            query(&statements.group_ask)
                .bind(group)
                .bind(retain)
                .execute(&mut *connection)
                .await
                .map_err(database)?;
            let mut book = Book {
                connection: &mut *connection,
                statements,
                now,
            };
            let changes = book
                .end_waiting(&rows, State::Cancelled, None, retain)
                .await?;
            parents.extend(changes.iter().map(|change| change.job));
            settle(&mut book, changes, &[]).await?;
        }
    }
    Ok(())
}

impl SqliteStorage {
    pub(super) async fn cancel_group(
        &self,
        group: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> Result<Option<GroupCancelled>> {
        let now = self.clock.micros(now);
        // A sum with the time of the end must fit.
        let retain = micros(retain).min(i64::MAX / 4);
        let statements = self.statements.clone();
        self.writer
            .write(move |connection| {
                let statements = statements.clone();
                Box::pin(async move {
                    cancel_group(connection, &statements, group.0, retain, limit, now).await
                })
            })
            .await
    }

    pub(super) async fn group_tree(&self, of: Uuid, at_most: u32) -> Result<Option<GroupTree>> {
        let found = self
            .fetch(&self.statements.group_of, |query| query.bind(of))
            .await?;
        let begin: Option<Uuid> = found
            .first()
            .map(|row| row.try_get(0))
            .transpose()
            .map_err(database)?
            .flatten();
        let Some(begin) = begin else { return Ok(None) };
        let rows = self
            .fetch(&self.statements.group_tree, |query| query.bind(begin))
            .await?;
        let groups = rows.iter().map(whole).collect::<Result<Vec<_>>>()?;
        if groups.is_empty() {
            return Ok(None);
        }
        let list = ids(groups.iter().map(|row| row.group.id.0))?;
        let found = self
            .fetch(&self.statements.group_members, |query| {
                query.bind(list.clone()).bind(at_most)
            })
            .await?;
        let mut members = Vec::with_capacity(found.len());
        for row in &found {
            members.push(MemberRow {
                group: GroupId(row.try_get(0).map_err(database)?),
                place: row.try_get(1).map_err(database)?,
                job: JobId::from(row.try_get::<Uuid, _>(2).map_err(database)?),
            });
        }
        let jobs: Vec<Uuid> = members.iter().map(|member| member.job.as_uuid()).collect();
        let rows = self.records(&jobs).await?.into_values().collect();
        Ok(Some(GroupTree {
            groups,
            members,
            rows,
        }))
    }

    pub(super) async fn group_row(&self, id: GroupId) -> Result<Option<GroupRow>> {
        let rows = self
            .fetch(&self.statements.group_row, |query| query.bind(id.0))
            .await?;
        rows.first().map(whole).transpose()
    }

    pub(super) async fn groups_page(
        &self,
        which: Option<GroupsIn>,
        from: Option<GroupId>,
        limit: u32,
        scan: u32,
    ) -> Result<GroupsPage> {
        let from = from.map_or(Uuid::max(), |from| from.0);
        let rows = self
            .fetch(&self.statements.groups_list, |query| {
                let query = query.bind(from).bind(limit);
                query.bind(which.map(GroupsIn::number)).bind(scan)
            })
            .await?;
        let rows = rows.iter().map(whole).collect::<Result<Vec<_>>>()?;
        let end = self
            .fetch(&self.statements.groups_list_end, |query| {
                query.bind(from).bind(scan.saturating_sub(1))
            })
            .await?;
        let end = end.first().map(|row| row.try_get(0)).transpose();
        Ok(GroupsPage::new(rows, limit, end.map_err(database)?))
    }

    pub(super) async fn stage_members(&self, id: GroupId) -> Result<Vec<StageMember>> {
        let rows = self
            .fetch(&self.statements.members_of, |query| query.bind(id.0))
            .await?;
        rows.iter()
            .map(|row| {
                let state: Option<i64> = row.try_get(1).map_err(database)?;
                Ok(StageMember {
                    job: JobId::from(row.try_get::<Uuid, _>(0).map_err(database)?),
                    state: state.map(finished_state).transpose()?,
                    output: row.try_get(2).map_err(database)?,
                })
            })
            .collect()
    }

    pub(super) async fn stopped_by(&self, id: JobId) -> Result<Option<JobId>> {
        let id = id.as_uuid();
        let rows = self
            .fetch(&self.statements.group_stopped, |query| query.bind(id))
            .await?;
        let job: Option<Uuid> = rows
            .first()
            .map(|row| row.try_get(0))
            .transpose()
            .map_err(database)?;
        Ok(job.map(JobId::from))
    }

    pub(super) async fn tagged(
        &self,
        tag: String,
        above: i64,
        at_most: u32,
    ) -> Result<Vec<(i64, JobId)>> {
        let tag = super::encode::json(&tag)?;
        let rows = self
            .fetch(&self.statements.tagged, |query| {
                query.bind(tag.clone()).bind(above).bind(at_most)
            })
            .await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = row.try_get(1).map_err(database)?;
                Ok((row.try_get(0).map_err(database)?, JobId::from(id)))
            })
            .collect()
    }
}
