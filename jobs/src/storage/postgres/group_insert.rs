//! Inserting groups with their jobs, in one transaction.

use std::collections::HashMap;

use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{
    PostgresStorage,
    groups::{Book, small},
    insert::{Batch, Told},
    notify,
    rows::{state, write},
    session::{Session, Shape},
};
use crate::{
    error::{Error, Result},
    record::State,
    storage::{
        Callbacks, Counts, Group, GroupId, Inserted, NewJob, NewWork, Now,
        settle::{Change, Ledger as _, Place, counted, refuse, settle},
        wakes,
    },
};

impl PostgresStorage {
    pub(super) async fn insert_work_all(
        &self,
        work: &NewWork,
        repeated: bool,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        let mut session = self.open(Shape::Many).await?;
        let answers = self
            .insert_work_in(&mut session, work, repeated, Told::Own, now)
            .await?;
        session.done().await?;
        Ok(answers)
    }

    /// Inserts groups and their jobs in a caller's transaction.
    ///
    /// # Errors
    /// If the database fails; the transaction is then to be rolled back.
    pub async fn insert_work_on(
        &self,
        connection: &mut PgConnection,
        work: NewWork,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        if *self.closed.borrow() {
            return Err(Error::Closed);
        }
        let waits = |job: &&NewJob| job.member.as_ref().is_some_and(|member| member.waits);
        let begin = work.jobs.iter().filter(|job| !waits(job));
        let told = wakes(begin, now.unwrap_or_else(chrono::Utc::now));
        let payload = notify::payload(&told, None);
        let mut session = Session::on(connection, !self.pooled);
        self.insert_work_in(
            &mut session,
            &work,
            false,
            Told::Caller(payload.as_deref()),
            now,
        )
        .await
    }

    pub(super) async fn insert_work_in(
        &self,
        session: &mut Session<'_>,
        work: &NewWork,
        repeated: bool,
        told: Told<'_>,
        now: Now,
    ) -> Result<Vec<Inserted>> {
        if let Some(batch) = work.grows {
            let query = session.statement(&self.sql.groups_grow).bind(batch.0);
            let row = session.maybe(query).await?;
            let row = row.ok_or(Error::BatchNotFound { id: batch.0 })?;
            if row.try_get(0)? {
                return Err(Error::BatchCancelled { id: batch.0 });
            }
        }
        if repeated && self.is_there(session, work).await? {
            return Ok(vec![Inserted::New; work.jobs.len()]);
        }
        let batch = Batch::new(&work.jobs);
        let persistent = session.is_persistent();
        let answers = self
            .insert_parts(
                session.connection(),
                persistent,
                &work.jobs,
                &batch,
                false,
                told,
                now,
            )
            .await?;
        let mut sizes: HashMap<GroupId, i64> = HashMap::new();
        let (mut members, mut changes) = (Members::default(), Vec::new());
        let mut holders = Vec::new();
        for (job, answer) in work.jobs.iter().zip(&answers) {
            refuse(job, *answer)?;
            let Some(member) = &job.member else { continue };
            let (id, own) = match answer {
                Inserted::New | Inserted::Dead => (job.id.as_uuid(), true),
                Inserted::Held(holder) => (holder.as_uuid(), false),
                Inserted::Exists(_) | Inserted::Busy => continue,
            };
            *sizes.entry(member.group).or_default() += 1;
            if member.place.is_some() || !own {
                members.groups.push(member.group.0);
                members.places.push(member.place);
                members.jobs.push(id);
                members.own.push(own);
                let input = member.input.map(|input| write("input", input));
                members.inputs.push(input.transpose()?);
            }
            if !own {
                holders.push(id);
            }
            if *answer == Inserted::Dead {
                let place = Place {
                    group: Some(member.group.0),
                    place: member.place,
                    stands_in: false,
                };
                changes.push(Change::ended(id, place, State::Dead));
            }
        }
        let groups = counted(&work.groups, &sizes);
        self.insert_groups(session, &groups, now).await?;
        members.insert(self, session).await?;
        let mut touched: Vec<GroupId> = groups
            .iter()
            .filter(|group| group.counts.open == 0)
            .map(|group| group.id)
            .collect();
        changes.extend(self.ended_holders(session, holders).await?);
        let mut book = Book {
            storage: self,
            session,
            now,
        };
        if let Some(batch) = work.grows {
            let inner = work.groups.iter().filter(|g| g.parent == Some(batch.0));
            let mut by = Counts::default();
            by.grow(
                sizes.get(&batch).copied().unwrap_or(0) + i64::try_from(inner.count()).unwrap_or(0),
            );
            book.count(vec![(batch, by)]).await?;
            touched.push(batch);
        }
        if !changes.is_empty() || !touched.is_empty() {
            settle(&mut book, changes, &touched).await?;
        }
        Ok(answers)
    }

    /// Whether an earlier try, whose answer was lost, has stored all of it.
    async fn is_there(&self, session: &mut Session<'_>, work: &NewWork) -> Result<bool> {
        if let Some(group) = work.groups.first() {
            let query = session.statement(&self.sql.group_row).bind(group.id.0);
            return Ok(session.maybe(query).await?.is_some());
        }
        let Some(job) = work.jobs.first() else {
            return Ok(false);
        };
        let query = session
            .statement(&self.sql.existing)
            .bind(vec![job.id.as_uuid()]);
        Ok(session.maybe(query).await?.is_some())
    }

    async fn insert_groups(
        &self,
        session: &mut Session<'_>,
        groups: &[Group],
        now: Now,
    ) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let callbacks = groups
            .iter()
            .map(|group| {
                let any = group.callbacks != Callbacks::default();
                any.then(|| write("callbacks", &group.callbacks))
                    .transpose()
            })
            .collect::<Result<Vec<_>>>()?;
        let query = session
            .statement(&self.sql.groups_insert)
            .bind(now)
            .bind(groups.iter().map(|g| g.id.0).collect::<Vec<_>>())
            .bind(groups.iter().map(|g| g.kind.number()).collect::<Vec<_>>())
            .bind(groups.iter().map(|g| g.parent).collect::<Vec<_>>())
            .bind(groups.iter().map(|g| g.place).collect::<Vec<_>>())
            .bind(groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>())
            .bind(groups.iter().map(|g| g.listed).collect::<Vec<_>>())
            .bind(
                groups
                    .iter()
                    .map(|g| small(g.counts.total))
                    .collect::<Vec<_>>(),
            )
            .bind(groups.iter().map(|g| g.passed.0).collect::<Vec<_>>())
            .bind(callbacks);
        session.run(query).await.map(drop)
    }

    /// A key may outlive its job: those places are taken by jobs that have ended already.
    async fn ended_holders(
        &self,
        session: &mut Session<'_>,
        mut holders: Vec<Uuid>,
    ) -> Result<Vec<Change>> {
        if holders.is_empty() {
            return Ok(Vec::new());
        }
        holders.sort();
        holders.dedup();
        let query = session.statement(&self.sql.holders).bind(&holders);
        let mut known: HashMap<Uuid, (Option<State>, Option<String>)> = HashMap::new();
        for row in session.all(query).await? {
            let ended: Option<i16> = row.try_get(1)?;
            let ended = ended
                .map(|ended| state(None, false, Some(ended)))
                .transpose()?;
            known
                .entry(row.try_get(0)?)
                .or_insert((ended, row.try_get(2)?));
        }
        // Without a record it has ended, and nothing is known of it but that.
        let unknown = (Some(State::Succeeded), None);
        let ended = holders.into_iter().filter_map(|id| {
            let (to, output) = known.get(&id).cloned().unwrap_or_else(|| unknown.clone());
            to.is_some().then_some(Change {
                job: id,
                member_of: None,
                listed: true,
                from: None,
                to,
                output,
            })
        });
        Ok(ended.collect())
    }
}

/// Places of jobs, as arrays.
#[derive(Default)]
struct Members {
    groups: Vec<Uuid>,
    places: Vec<Option<i32>>,
    jobs: Vec<Uuid>,
    own: Vec<bool>,
    inputs: Vec<Option<String>>,
}

impl Members {
    async fn insert(self, storage: &PostgresStorage, session: &mut Session<'_>) -> Result<()> {
        if self.jobs.is_empty() {
            return Ok(());
        }
        let query = session
            .statement(&storage.sql.members_insert)
            .bind(self.groups)
            .bind(self.places)
            .bind(self.jobs)
            .bind(self.own)
            .bind(self.inputs);
        session.run(query).await.map(drop)
    }
}
