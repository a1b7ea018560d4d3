//! Groups as callers see them: cancelled as a whole, and looked at.

use std::time::Duration;

use sqlx::{Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStorage,
    groups::{Book, group},
    rows::{maybe_time, micros, state, time},
    session::{Session, Shape},
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        GroupCancelled, GroupId, GroupRow, GroupTree, MemberRow, Now, StageMember,
        inspect::{GroupsIn, GroupsPage},
        settle::{Place, settle},
    },
};

fn whole(row: &PgRow) -> Result<GroupRow> {
    Ok(GroupRow {
        group: group(row)?,
        created_at: time(row, "created_at")?,
        ended_at: maybe_time(row, "ended_at")?,
    })
}

impl PostgresStorage {
    /// Ends what waits in a group and below it.
    async fn end_waiting_of(
        &self,
        session: &mut Session<'_>,
        group: Uuid,
        retain: i64,
        limit: i64,
        now: Now,
    ) -> Result<Vec<JobId>> {
        let query = session
            .statement(&self.sql.group_waiting)
            .bind(group)
            .bind(limit);
        let ids = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect::<Result<Vec<Uuid>>>()?;
        let mut book = Book {
            storage: self,
            session,
            now,
        };
        let changes = book
            .end_waiting(ids, State::Cancelled, None, retain)
            .await?;
        let ended = changes
            .iter()
            .map(|change| JobId::from(change.job))
            .collect();
        settle(&mut book, changes, &[]).await?;
        Ok(ended)
    }

    pub(super) async fn cancel_group_all(
        &self,
        id: GroupId,
        retain: Duration,
        limit: u32,
        now: Now,
    ) -> Result<Option<GroupCancelled>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.group_give_up).bind(id.0);
        if session.all(query).await?.is_empty() {
            return Ok(None);
        }
        let retain = micros(retain);
        let query = session
            .statement(&self.sql.group_ask)
            .bind(id.0)
            .bind(retain);
        let asked = session.run(query).await?.rows_affected();
        let ended = self
            .end_waiting_of(&mut session, id.0, retain, limit.into(), now)
            .await?;
        let parents = ended.iter().map(|id| id.as_uuid()).collect();
        self.cancel_children_of(&mut session, parents, retain, now)
            .await?;
        session.done().await?;
        Ok(Some(GroupCancelled { ended, asked }))
    }

    /// A job of a chain is being cancelled: nothing of the chain that has not begun is to begin.
    pub(super) async fn cancel_chain_of(
        &self,
        session: &mut Session<'_>,
        of: Place,
        retain: i64,
        now: Now,
    ) -> Result<()> {
        let (Some(stage), Some(_)) = (of.group, of.place) else {
            return Ok(());
        };
        let query = session.statement(&self.sql.group_chain).bind(stage);
        let Some(row) = session.maybe(query).await? else {
            return Ok(());
        };
        let chain: Uuid = row.try_get(0)?;
        self.end_waiting_of(session, chain, retain, i64::MAX, now)
            .await
            .map(drop)
    }

    /// These jobs are cancelled: so are the children that they await, and those of these.
    pub(super) async fn cancel_children_of(
        &self,
        session: &mut Session<'_>,
        mut parents: Vec<Uuid>,
        retain: i64,
        now: Now,
    ) -> Result<()> {
        while !parents.is_empty() {
            let query = session
                .statement(&self.sql.children_of)
                .bind(std::mem::take(&mut parents));
            for row in session.all(query).await? {
                let group: Uuid = row.try_get(0)?;
                let query = session
                    .statement(&self.sql.group_ask)
                    .bind(group)
                    .bind(retain);
                session.run(query).await?;
                let ended = self
                    .end_waiting_of(session, group, retain, i64::MAX, now)
                    .await?;
                parents.extend(ended.iter().map(|id| id.as_uuid()));
            }
        }
        Ok(())
    }

    pub(super) async fn group_row(&self, id: GroupId) -> Result<Option<GroupRow>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.group_row).bind(id.0);
        let row = session.maybe(query).await?;
        session.done().await?;
        row.as_ref().map(whole).transpose()
    }

    pub(super) async fn groups_page(
        &self,
        which: Option<GroupsIn>,
        from: Option<GroupId>,
        limit: u32,
        scan: u32,
    ) -> Result<GroupsPage> {
        let from = from.map_or(Uuid::max(), |from| from.0);
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.groups_list)
            .bind(from)
            .bind(i64::from(limit))
            .bind(which.map(GroupsIn::number))
            .bind(i64::from(scan));
        let rows = session.all(query).await?;
        let query = session
            .statement(&self.sql.groups_list_end)
            .bind(from)
            .bind(i64::from(scan));
        let end = session.maybe(query).await?;
        session.done().await?;
        let rows = rows.iter().map(whole).collect::<Result<Vec<_>>>()?;
        let end = end.map(|row| row.try_get(0)).transpose()?;
        Ok(GroupsPage::new(rows, limit, end))
    }

    pub(super) async fn tree_of(&self, of: Uuid, at_most: u32) -> Result<Option<GroupTree>> {
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.group_of).bind(of);
        let Some(begin) = session.one(query).await?.try_get::<Option<Uuid>, _>(0)? else {
            return Ok(None);
        };
        let query = session.statement(&self.sql.group_tree).bind(begin);
        let groups = session
            .all(query)
            .await?
            .iter()
            .map(whole)
            .collect::<Result<Vec<_>>>()?;
        if groups.is_empty() {
            return Ok(None);
        }
        let ids: Vec<Uuid> = groups.iter().map(|row| row.group.id.0).collect();
        let query = session
            .statement(&self.sql.group_members)
            .bind(ids)
            .bind(i64::from(at_most));
        let members = session
            .all(query)
            .await?
            .iter()
            .map(|row| {
                Ok(MemberRow {
                    group: GroupId(row.try_get(0)?),
                    place: row.try_get(1)?,
                    job: JobId::from(row.try_get::<Uuid, _>(2)?),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let jobs: Vec<Uuid> = members.iter().map(|member| member.job.as_uuid()).collect();
        let rows = if jobs.is_empty() {
            Vec::new()
        } else {
            let rows = self.rows_of(&mut session, &jobs).await?;
            rows.into_values().collect()
        };
        session.done().await?;
        Ok(Some(GroupTree {
            groups,
            members,
            rows,
        }))
    }

    pub(super) async fn stage_members(&self, id: GroupId) -> Result<Vec<StageMember>> {
        let mut session = self.open(Shape::One).await?;
        let query = session.statement(&self.sql.members_of).bind(id.0);
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| {
                let ended: Option<i16> = row.try_get(1)?;
                Ok(StageMember {
                    job: JobId::from(row.try_get::<Uuid, _>(0)?),
                    state: ended
                        .map(|ended| state(None, false, Some(ended)))
                        .transpose()?,
                    output: row.try_get(2)?,
                })
            })
            .collect()
    }

    pub(super) async fn stopped(&self, id: JobId) -> Result<Option<JobId>> {
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.group_stopped)
            .bind(id.as_uuid());
        let row = session.maybe(query).await?;
        session.done().await?;
        row.map(|row| Ok(JobId::from(row.try_get::<Uuid, _>(0)?)))
            .transpose()
    }

    pub(super) async fn jobs_tagged(
        &self,
        tag: &str,
        above: i64,
        at_most: u32,
    ) -> Result<Vec<(i64, JobId)>> {
        let tag = super::rows::write("tag", tag)?;
        let mut session = self.open(Shape::One).await?;
        let query = session
            .statement(&self.sql.tagged)
            .bind(tag)
            .bind(above)
            .bind(i64::from(at_most));
        let rows = session.all(query).await?;
        session.done().await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, JobId::from(row.try_get::<Uuid, _>(1)?))))
            .collect()
    }
}
