//! Dead letters.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage, groups,
    rows::{maybe_time, read, time},
    session::{Session, Shape},
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        Held, Keys, Letter, LetterFilter, Now, Resolve, Resolved,
        damage::{sound, unreadable_failure},
        settle::Change,
    },
};

impl PostgresStorage {
    pub(super) async fn list_letters(
        &self,
        filter: &LetterFilter,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Letter>> {
        // Text that Postgres cannot hold is in no letter.
        let impossible = |text: &Option<String>| text.as_ref().is_some_and(|t| t.contains('\0'));
        if impossible(&filter.text) || impossible(&filter.queue) {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = filter
            .names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.contains('\0'))
            .collect();
        let mut session = self.open(Shape::Many).await?;
        let query = session
            .statement(&self.sql.letters)
            .bind((!filter.names.is_empty()).then_some(names))
            .bind(filter.queue.as_deref())
            .bind(filter.text.as_deref())
            .bind(filter.since)
            .bind(filter.unresolved)
            .bind(i64::from(offset))
            .bind(i64::from(limit))
            .bind(filter.below)
            .bind(filter.job.map(JobId::as_uuid));
        let found = session.all(query).await?;
        let ids = found
            .iter()
            .map(|row| Ok(row.try_get("job_id")?))
            .collect::<Result<Vec<Uuid>>>()?;
        let rows = if ids.is_empty() {
            HashMap::new()
        } else {
            self.rows_of(&mut session, &ids).await?
        };
        session.done().await?;
        let mut letters = Vec::with_capacity(found.len());
        for (letter, id) in found.iter().zip(ids) {
            // Between a letter and its record there is only retention, which removes both.
            let Some(row) = rows.get(&JobId::from(id)) else {
                continue;
            };
            letters.push(Letter {
                number: letter.try_get("number")?,
                row: row.clone(),
                error: sound(
                    id,
                    read("error", letter.try_get("error")?),
                    unreadable_failure(),
                ),
                died_at: time(letter, "died_at")?,
                resolved_at: maybe_time(letter, "resolved_at")?,
            });
        }
        Ok(letters)
    }

    pub(super) async fn resolve_all(
        &self,
        letters: &[i64],
        how: Resolve,
        now: Now,
    ) -> Result<Vec<Resolved>> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.resolve_lock).bind(letters);
        let mut open: Vec<(i64, Uuid, Option<String>)> = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect::<Result<_>>()?;
        let held = match how {
            Resolve::Retry => self.held_by_others(&mut session, &open, now).await?,
            Resolve::Discard => HashMap::new(),
        };
        open.retain(|(number, _, _)| !held.contains_key(number));
        let ids: Vec<Uuid> = open.iter().map(|(_, id, _)| *id).collect();
        let (query, resolution) = match how {
            Resolve::Retry => (
                session
                    .statement(&self.sql.resolve_retry)
                    .bind(now)
                    .bind(&ids)
                    .bind(
                        open.iter()
                            .map(|(_, _, keys)| keys.clone())
                            .collect::<Vec<_>>(),
                    ),
                "retried",
            ),
            Resolve::Discard => (
                session.statement(&self.sql.resolve_discard).bind(&ids),
                "discarded",
            ),
        };
        let to = (how == Resolve::Discard).then_some(State::Discarded);
        let (mut moved, mut changes) = (HashSet::new(), Vec::new());
        for row in session.all(query).await? {
            let (id, place) = groups::place(&row, 0)?;
            moved.insert(id);
            changes.push(Change {
                from: Some(State::Dead),
                to,
                ..Change::ended(id, place, State::Dead)
            });
        }
        self.follow(&mut session, changes, now).await?;
        let numbers: Vec<i64> = open
            .iter()
            .filter(|(_, id, _)| moved.contains(id))
            .map(|(number, _, _)| *number)
            .collect();
        let query = session
            .statement(&self.sql.resolve_mark)
            .bind(now)
            .bind(&numbers)
            .bind(resolution);
        session.run(query).await?;
        session.done().await?;
        let mut left: HashSet<i64> = numbers.into_iter().collect();
        Ok(letters
            .iter()
            .map(|number| match held.get(number) {
                Some(holder) => Resolved::Held(JobId::from(*holder)),
                None if left.remove(number) => Resolved::Now,
                None => Resolved::Before,
            })
            .collect())
    }

    /// Takes the unique keys of dead jobs; the letters of those whose key another one holds, with that one.
    async fn held_by_others(
        &self,
        session: &mut Session<'_>,
        open: &[(i64, Uuid, Option<String>)],
        now: Now,
    ) -> Result<HashMap<i64, Uuid>> {
        let wanted: Vec<_> = open
            .iter()
            .filter_map(|(number, id, keys)| {
                let keys = Keys::read(keys.as_deref())?;
                let unique = keys.unique.as_ref()?;
                (unique.until != Held::Time).then_some((*number, (*id, keys)))
            })
            .collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let jobs: Vec<_> = wanted.iter().map(|(_, job)| job.clone()).collect();
        let holders = self.take_uniques(session, &jobs, now).await?;
        Ok(wanted
            .into_iter()
            .filter_map(|(number, (id, keys))| {
                let holder = *holders.get(&keys.unique?.key)?;
                (holder != id).then_some((number, holder))
            })
            .collect())
    }
}
