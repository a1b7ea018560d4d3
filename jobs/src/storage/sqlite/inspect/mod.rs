//! What operators see and do.

mod change;
mod log;
mod people;
mod why;

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_core::future::BoxFuture;
use sqlx::Row as _;
use uuid::Uuid;

use super::{
    SqliteStorage,
    encode::{ids, json},
    errors::database,
    statements::Bound,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        GroupId, KindId, Now, Row, WorkerId,
        inspect::{
            Ask, AuditNote, AuditRow, GroupsIn, GroupsPage, Health, Inspect, JobFilter, JobsPage,
            KeyRow, KindRow, LetterHead, QueueRow, Source, Span, Standing, StatCount, StatRow,
            Tally, WorkerRow, inside_json, merged,
        },
        row::{finished_state, state_number},
    },
};

/// States that have an index of their own: where they are few, all of them are looked at.
const FEW: u32 = 20_000;

/// A state of the hot table, as the statements number it.
fn hot_number(state: State) -> Option<i64> {
    match state {
        State::Ready => Some(0),
        State::Scheduled => Some(1),
        State::Blocked => Some(2),
        State::Parked => Some(3),
        State::Running => Some(4),
        _ => None,
    }
}

/// What all lists have in common, as it is bound.
struct Binds {
    kinds: Option<String>,
    queue: Option<String>,
    tag: Option<String>,
    args: Option<String>,
    args_json: Option<String>,
    error: Option<String>,
    since: Option<i64>,
    until: Option<i64>,
    limit: u32,
    group: Option<Uuid>,
}

impl Binds {
    fn new(filter: &JobFilter, limit: u32) -> Result<Self> {
        let kinds = filter.kinds.as_ref();
        let kinds = kinds.map(|kinds| json(&kinds.iter().map(|kind| kind.0).collect::<Vec<_>>()));
        let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
        Ok(Self {
            kinds: kinds.transpose()?,
            queue: filter.queue.clone(),
            tag: filter.tag.as_ref().map(json).transpose()?,
            args: lower(&filter.args),
            args_json: lower(&filter.args.as_deref().map(inside_json)),
            error: lower(&filter.error.as_deref().map(inside_json)),
            since: filter.since.map(|time| time.timestamp_micros()),
            until: filter.until.map(|time| time.timestamp_micros()),
            limit,
            group: filter.group.map(|group| group.0),
        })
    }

    fn bind(&self, query: Bound, states: Option<String>) -> Bound {
        query
            .bind(self.limit)
            .bind(states)
            .bind(self.kinds.clone())
            .bind(self.queue.clone())
            .bind(self.tag.clone())
            .bind(self.args.clone())
            .bind(self.args_json.clone())
            .bind(self.error.clone())
            .bind(self.since)
            .bind(self.until)
    }

    /// The same for a list that looks through so many jobs.
    fn scan(&self, query: Bound, states: Option<String>, scan: u32) -> Bound {
        self.bind(query, states).bind(scan).bind(self.group)
    }
}

impl SqliteStorage {
    async fn found(
        &self,
        statement: &std::sync::Arc<str>,
        bind: impl Fn(Bound) -> Bound + Send,
    ) -> Result<Vec<Uuid>> {
        let rows = self.fetch(statement, bind).await?;
        rows.iter()
            .map(|row| row.try_get::<Uuid, _>(0).map_err(database))
            .collect()
    }

    async fn list(
        &self,
        filter: &JobFilter,
        from: Option<JobId>,
        limit: u32,
        scan: u32,
    ) -> Result<JobsPage> {
        let from = from.map_or(Uuid::max(), JobId::as_uuid);
        let binds = Binds::new(filter, limit)?;
        let hot: Vec<i64> = filter
            .states
            .iter()
            .copied()
            .filter_map(hot_number)
            .collect();
        let ended: Vec<i64> = filter
            .states
            .iter()
            .copied()
            .filter_map(state_number)
            .collect();
        let mut sources = Vec::new();
        if filter.states.is_empty() || !hot.is_empty() {
            sources.push(self.waiting(&binds, &hot, from, scan).await?);
        }
        if filter.states.is_empty() || !ended.is_empty() {
            sources.push(self.ended(&binds, &ended, from, scan).await?);
        }
        let (found, next) = merged(sources, limit);
        let mut records = self.records(&found).await?;
        let rows = found.iter().filter_map(|id| records.remove(id));
        // It may have gone on since it was found; and `"a"` stands in the JSON of another tag, too.
        let rows = rows.filter(|row| filter.wants(row.state));
        let tagged = |tags: &[String]| filter.tag.as_ref().is_none_or(|tag| tags.contains(tag));
        Ok(JobsPage {
            rows: rows.filter(|row| tagged(&row.tags)).collect(),
            next,
        })
    }

    /// The members of the group that is asked for, if there are not too many to look at each.
    async fn members(
        &self,
        binds: &Binds,
        states: Option<String>,
        from: Uuid,
        [members, list]: [&std::sync::Arc<str>; 2],
    ) -> Result<Option<Source>> {
        let Some(group) = binds.group else {
            return Ok(None);
        };
        let few = self
            .found(members, |query| query.bind(group).bind(FEW))
            .await?;
        if few.len() >= FEW as usize {
            return Ok(None);
        }
        let few = ids(few.into_iter().filter(|id| *id <= from))?;
        let found = self
            .found(list, |query| {
                binds.bind(query.bind(few.clone()), states.clone())
            })
            .await?;
        Ok(Some(Source::new(found, binds.limit, None)))
    }

    async fn waiting(
        &self,
        binds: &Binds,
        states: &[i64],
        from: Uuid,
        scan: u32,
    ) -> Result<Source> {
        let statements = &self.statements;
        let wanted = (!states.is_empty()).then(|| json(states)).transpose()?;
        let these = [&statements.members_open, &statements.list_these];
        if let Some(source) = self.members(binds, wanted.clone(), from, these).await? {
            return Ok(source);
        }
        if !states.is_empty() && !states.contains(&0) {
            let few = self
                .found(&statements.few_of_stage, |query| {
                    query.bind(wanted.clone()).bind(FEW)
                })
                .await?;
            if few.len() < FEW as usize {
                let few = ids(few.into_iter().filter(|id| *id <= from))?;
                let found = self
                    .found(&statements.list_these, |query| {
                        binds.bind(query.bind(few.clone()), wanted.clone())
                    })
                    .await?;
                return Ok(Source::new(found, binds.limit, None));
            }
        }
        let found = self
            .found(&statements.list_waiting, |query| {
                binds.scan(query.bind(from), wanted.clone(), scan)
            })
            .await?;
        let end = self
            .found(&statements.list_waiting_end, |query| {
                query.bind(from).bind(scan.saturating_sub(1))
            })
            .await?;
        Ok(Source::new(found, binds.limit, end.first().copied()))
    }

    async fn ended(&self, binds: &Binds, states: &[i64], from: Uuid, scan: u32) -> Result<Source> {
        let statements = &self.statements;
        let wanted = (!states.is_empty()).then(|| json(states)).transpose()?;
        let skip = scan.saturating_sub(1);
        let those = [&statements.members_ended, &statements.list_those];
        if let Some(source) = self.members(binds, wanted.clone(), from, those).await? {
            return Ok(source);
        }
        // 1 is succeeded, which nearly all are.
        if let [state] = states
            && *state >= 2
        {
            let found = self
                .found(&statements.list_otherwise, |query| {
                    binds.scan(query.bind(from), wanted.clone(), scan)
                })
                .await?;
            let end = self
                .found(&statements.list_otherwise_end, |query| {
                    query.bind(from).bind(skip).bind(*state)
                })
                .await?;
            return Ok(Source::new(found, binds.limit, end.first().copied()));
        }
        let found = self
            .found(&statements.list_ended, |query| {
                binds.scan(query.bind(from), wanted.clone(), scan)
            })
            .await?;
        let end = self
            .found(&statements.list_ended_end, |query| {
                query.bind(from).bind(skip)
            })
            .await?;
        Ok(Source::new(found, binds.limit, end.first().copied()))
    }

    async fn count_all(&self, at_most: u32) -> Result<Vec<Tally>> {
        let statements = &self.statements;
        let mut tallies = Vec::new();
        for row in &self
            .fetch(&statements.tally_queues, |query| query.bind(at_most))
            .await?
        {
            let queue: String = row.try_get(0).map_err(database)?;
            let count = row.try_get::<i64, _>(1).map_err(database)?.unsigned_abs();
            tallies.push(Tally {
                queue: Some(queue),
                state: State::Ready,
                count,
                more: count >= u64::from(at_most),
            });
        }
        let waiting = self
            .fetch(&statements.tally_waiting, |query| query.bind(at_most))
            .await?;
        for row in &waiting {
            let state = match row.try_get::<i64, _>(1).map_err(database)? {
                1 => State::Scheduled,
                2 => State::Blocked,
                3 => State::Parked,
                _ => State::Running,
            };
            tallies.push(Tally {
                queue: row.try_get(0).map_err(database)?,
                state,
                count: row.try_get::<i64, _>(2).map_err(database)?.unsigned_abs(),
                more: row.try_get(3).map_err(database)?,
            });
        }
        let ended = self
            .fetch(&statements.tally_ended, |query| query.bind(at_most))
            .await?;
        for row in &ended {
            tallies.push(Tally {
                queue: None,
                state: finished_state(row.try_get(0).map_err(database)?)?,
                count: row.try_get::<i64, _>(1).map_err(database)?.unsigned_abs(),
                more: row.try_get(2).map_err(database)?,
            });
        }
        Ok(tallies)
    }
}

impl Inspect for SqliteStorage {
    fn list_jobs(
        &self,
        filter: JobFilter,
        from: Option<JobId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<JobsPage>> {
        Box::pin(async move { self.list(&filter, from, limit, scan).await })
    }

    fn list_groups(
        &self,
        which: Option<GroupsIn>,
        from: Option<GroupId>,
        limit: u32,
        scan: u32,
    ) -> BoxFuture<'_, Result<GroupsPage>> {
        Box::pin(self.groups_page(which, from, limit, scan))
    }

    fn rows(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let ids: Vec<_> = jobs.into_iter().map(JobId::as_uuid).collect();
            Ok(self.records(&ids).await?.into_values().collect())
        })
    }

    fn tallies(&self, at_most: u32) -> BoxFuture<'_, Result<Vec<Tally>>> {
        Box::pin(self.count_all(at_most))
    }

    fn kinds(&self) -> BoxFuture<'_, Result<Vec<KindRow>>> {
        Box::pin(self.kind_rows())
    }

    fn queue_rows(&self) -> BoxFuture<'_, Result<Vec<QueueRow>>> {
        Box::pin(self.queue_rows())
    }

    fn worker_rows(&self, limit: u32, now: Now) -> BoxFuture<'_, Result<Vec<WorkerRow>>> {
        Box::pin(self.worker_rows(limit, now))
    }

    fn ask_worker(&self, worker: WorkerId, ask: Option<Ask>) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.ask_worker(worker, ask))
    }

    fn standing(&self, id: JobId) -> BoxFuture<'_, Result<Option<Standing>>> {
        Box::pin(self.standing_of(id))
    }

    fn key_rows(&self, keys: Vec<String>, limit: u32) -> BoxFuture<'_, Result<Vec<KeyRow>>> {
        Box::pin(self.key_rows(keys, limit))
    }

    fn count_before(&self, id: JobId, at_most: u32) -> BoxFuture<'_, Result<u64>> {
        Box::pin(self.count_before(id, at_most))
    }

    fn run_now(&self, jobs: Vec<JobId>, now: Now) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(self.run_now(jobs, now))
    }

    fn end_waiting(
        &self,
        jobs: Vec<JobId>,
        state: State,
        reason: String,
        retain: Duration,
        now: Now,
    ) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(self.end_waiting(jobs, state, reason, retain, now))
    }

    fn edit_args(&self, id: JobId, args: String) -> BoxFuture<'_, Result<bool>> {
        Box::pin(self.edit_args(id, args))
    }

    fn forget(&self, jobs: Vec<JobId>) -> BoxFuture<'_, Result<Vec<JobId>>> {
        Box::pin(self.forget(jobs))
    }

    fn letter_heads(
        &self,
        below: Option<i64>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<LetterHead>>> {
        Box::pin(self.letter_heads(below, limit))
    }

    fn add_stats(&self, counts: Vec<StatCount>, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.add_stats(counts, now))
    }

    fn stats(
        &self,
        span: Span,
        since: DateTime<Utc>,
        kind: Option<KindId>,
    ) -> BoxFuture<'_, Result<Vec<StatRow>>> {
        Box::pin(self.read_stats(span, since, kind))
    }

    fn note_audit(&self, entry: AuditNote, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.note_audit(entry, now))
    }

    fn audit(&self, below: Option<i64>, limit: u32) -> BoxFuture<'_, Result<Vec<AuditRow>>> {
        Box::pin(self.audit_rows(below, limit))
    }

    fn prune_log(&self, now: Now) -> BoxFuture<'_, Result<()>> {
        Box::pin(self.prune_log(now))
    }

    fn health(&self) -> BoxFuture<'_, Result<Health>> {
        Box::pin(self.look_at_health())
    }
}
