//! Pages of jobs, and how many there are.

use std::sync::Arc;

use sqlx::Row as _;
use uuid::Uuid;

use super::super::{
    PostgresStorage,
    rows::{state, state_code},
    session::{Session, Shape, Statement},
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        Row,
        inspect::{JobFilter, JobsPage, Source, Tally, inside_json, merged},
    },
};

/// States that have an index of their own: where they are few, all of them are looked at.
const FEW: i64 = 20_000;
/// How far running jobs are looked for in each queue.
const HEAD: i64 = 5_000;

/// A state of the hot table, as the statements number it.
fn hot_number(state: State) -> Option<i16> {
    match state {
        State::Ready => Some(0),
        State::Scheduled => Some(1),
        State::Blocked => Some(2),
        State::Parked => Some(3),
        State::Running => Some(4),
        _ => None,
    }
}

struct Page<'f> {
    filter: &'f JobFilter,
    from: Uuid,
    limit: u32,
    scan: u32,
}

impl Page<'_> {
    /// Binds what all lists have in common behind their first parameter.
    fn bind(&self, query: Statement, states: &[i16]) -> Statement {
        let filter = self.filter;
        let kinds = filter.kinds.as_ref();
        query
            .bind(i64::from(self.limit))
            .bind((!states.is_empty()).then(|| states.to_vec()))
            .bind(kinds.map(|kinds| kinds.iter().map(|kind| kind.0).collect::<Vec<_>>()))
            .bind(filter.queue.clone())
            .bind(
                filter
                    .tag
                    .as_deref()
                    .map(|tag| format!("\"{}\"", inside_json(tag))),
            )
            .bind(filter.args.clone())
            .bind(filter.args.as_deref().map(inside_json))
            .bind(filter.error.as_deref().map(inside_json))
            .bind(filter.since)
            .bind(filter.until)
    }

    /// The same for a list that looks through so many jobs.
    fn scan(&self, query: Statement, states: &[i16]) -> Statement {
        self.bind(query, states)
            .bind(i64::from(self.scan))
            .bind(self.filter.group.map(|group| group.0))
    }
}

async fn found(session: &mut Session<'_>, query: Statement) -> Result<Vec<Uuid>> {
    let rows = session.all(query).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

impl PostgresStorage {
    pub(super) async fn list(
        &self,
        filter: &JobFilter,
        from: Option<JobId>,
        limit: u32,
        scan: u32,
    ) -> Result<JobsPage> {
        if filter.is_impossible() {
            return Ok(JobsPage::default());
        }
        let page = Page {
            filter,
            from: from.map_or(Uuid::max(), JobId::as_uuid),
            limit,
            scan,
        };
        let hot: Vec<i16> = filter
            .states
            .iter()
            .copied()
            .filter_map(hot_number)
            .collect();
        let mut ended = Vec::new();
        for state in filter.states.iter().filter(|state| state.is_final()) {
            ended.push(state_code(*state)?);
        }
        let mut session = self.open(Shape::Many).await?;
        let mut sources = Vec::new();
        if filter.states.is_empty() || !hot.is_empty() {
            sources.push(self.waiting(&mut session, &page, &hot).await?);
        }
        if filter.states.is_empty() || !ended.is_empty() {
            sources.push(self.ended(&mut session, &page, &ended).await?);
        }
        let (ids, next) = merged(sources, limit);
        let mut records = if ids.is_empty() {
            Default::default()
        } else {
            self.rows_of(&mut session, &ids).await?
        };
        session.done().await?;
        let rows = ids
            .iter()
            .filter_map(|id| records.remove(&JobId::from(*id)));
        // It may have gone on since it was found; and `"a"` stands in the JSON of another tag, too.
        let rows = rows.filter(|row| filter.wants(row.state));
        let tagged = |tags: &[String]| filter.tag.as_ref().is_none_or(|tag| tags.contains(tag));
        Ok(JobsPage {
            rows: rows.filter(|row| tagged(&row.tags)).collect(),
            next,
        })
    }

    pub(super) async fn these_rows(&self, jobs: &[Uuid]) -> Result<Vec<Row>> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = self.open(Shape::Many).await?;
        let rows = self.rows_of(&mut session, jobs).await?;
        session.done().await?;
        Ok(rows.into_values().collect())
    }

    /// The members of the group that is asked for, if there are not too many to look at each.
    async fn members(
        &self,
        session: &mut Session<'_>,
        page: &Page<'_>,
        states: &[i16],
        [members, list]: [&Arc<str>; 2],
    ) -> Result<Option<Source>> {
        let Some(group) = page.filter.group else {
            return Ok(None);
        };
        let query = session.statement(members).bind(group.0).bind(FEW);
        let mut few = found(session, query).await?;
        if few.len() >= usize::try_from(FEW).unwrap_or(usize::MAX) {
            return Ok(None);
        }
        few.retain(|id| *id <= page.from);
        let query = session.statement(list).bind(few);
        let ids = found(session, page.bind(query, states)).await?;
        Ok(Some(Source::new(ids, page.limit, None)))
    }

    async fn waiting(
        &self,
        session: &mut Session<'_>,
        page: &Page<'_>,
        states: &[i16],
    ) -> Result<Source> {
        let these = [&self.sql.members_open, &self.sql.list_these];
        if let Some(source) = self.members(session, page, states, these).await? {
            return Ok(source);
        }
        if !states.is_empty() && !states.contains(&0) {
            let query = session
                .statement(&self.sql.few_of_stage)
                .bind(states.to_vec())
                .bind(FEW);
            let mut few = found(session, query).await?;
            let all = few.len() < usize::try_from(FEW).unwrap_or(usize::MAX);
            if all && states.contains(&4) {
                few.extend(self.running(session).await?);
            }
            if all {
                few.retain(|id| *id <= page.from);
                let query = session.statement(&self.sql.list_these).bind(few);
                let ids = found(session, page.bind(query, states)).await?;
                return Ok(Source::new(ids, page.limit, None));
            }
        }
        self.scanned(
            session,
            page,
            states,
            [&self.sql.list_waiting, &self.sql.list_waiting_end],
        )
        .await
    }

    async fn ended(
        &self,
        session: &mut Session<'_>,
        page: &Page<'_>,
        states: &[i16],
    ) -> Result<Source> {
        let those = [&self.sql.members_ended, &self.sql.list_those];
        if let Some(source) = self.members(session, page, states, those).await? {
            return Ok(source);
        }
        // 0 is succeeded, which nearly all are.
        if let [state] = states
            && *state >= 1
        {
            let query = session.statement(&self.sql.list_otherwise).bind(page.from);
            let query = page.scan(query, states);
            let ids = found(session, query).await?;
            let end = session
                .statement(&self.sql.list_otherwise_end)
                .bind(page.from)
                .bind(i64::from(page.scan))
                .bind(*state);
            let end = found(session, end).await?;
            return Ok(Source::new(ids, page.limit, end.first().copied()));
        }
        self.scanned(
            session,
            page,
            states,
            [&self.sql.list_ended, &self.sql.list_ended_end],
        )
        .await
    }

    async fn scanned(
        &self,
        session: &mut Session<'_>,
        page: &Page<'_>,
        states: &[i16],
        [list, end]: [&Arc<str>; 2],
    ) -> Result<Source> {
        let query = session.statement(list).bind(page.from);
        let query = page.scan(query, states);
        let ids = found(session, query).await?;
        let end = session
            .statement(end)
            .bind(page.from)
            .bind(i64::from(page.scan));
        let end = found(session, end).await?;
        Ok(Source::new(ids, page.limit, end.first().copied()))
    }

    /// The running jobs.
    pub(super) async fn running(&self, session: &mut Session<'_>) -> Result<Vec<Uuid>> {
        let query = session.statement(&self.sql.running_ids).bind(HEAD);
        found(session, query).await
    }

    pub(super) async fn count_all(&self, at_most: u32) -> Result<Vec<Tally>> {
        let mut session = self.open(Shape::Many).await?;
        let at_most = i64::from(at_most);
        let mut tallies = Vec::new();
        let query = session.statement(&self.sql.tally_ready).bind(at_most);
        for row in session.all(query).await? {
            let more: bool = row.try_get(3)?;
            for (state, at) in [(State::Ready, 1), (State::Running, 2)] {
                let count = row.try_get::<i64, _>(at)?.unsigned_abs();
                if count > 0 {
                    tallies.push(Tally {
                        queue: row.try_get(0)?,
                        state,
                        count,
                        more,
                    });
                }
            }
        }
        let query = session.statement(&self.sql.tally_waiting).bind(at_most);
        for row in session.all(query).await? {
            tallies.push(Tally {
                queue: row.try_get(0)?,
                state: state(Some(row.try_get(1)?), false, None)?,
                count: row.try_get::<i64, _>(2)?.unsigned_abs(),
                more: row.try_get(3)?,
            });
        }
        let query = session.statement(&self.sql.tally_ended).bind(at_most);
        for row in session.all(query).await? {
            tallies.push(Tally {
                queue: None,
                state: state(None, false, Some(row.try_get(0)?))?,
                count: row.try_get::<i64, _>(1)?.unsigned_abs(),
                more: row.try_get(2)?,
            });
        }
        session.done().await?;
        Ok(tallies)
    }
}
