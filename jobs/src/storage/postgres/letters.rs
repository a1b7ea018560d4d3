//! Dead letters.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;
use uuid::Uuid;

use super::{
    PostgresStorage,
    rows::{maybe_time, read, time},
    session::Shape,
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Letter, LetterFilter, Now, Resolve,
        damage::{sound, unreadable_failure},
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
    ) -> Result<Vec<bool>> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = self.open(Shape::Many).await?;
        let query = session.statement(&self.sql.resolve_lock).bind(letters);
        let open: Vec<(i64, Uuid)> = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_>>()?;
        let ids: Vec<Uuid> = open.iter().map(|(_, id)| *id).collect();
        let (query, resolution) = match how {
            Resolve::Retry => (
                session
                    .statement(&self.sql.resolve_retry)
                    .bind(now)
                    .bind(&ids),
                "retried",
            ),
            Resolve::Discard => (
                session.statement(&self.sql.resolve_discard).bind(&ids),
                "discarded",
            ),
        };
        let moved = session
            .all(query)
            .await?
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect::<Result<HashSet<Uuid>>>()?;
        let numbers: Vec<i64> = open
            .iter()
            .filter(|(_, id)| moved.contains(id))
            .map(|(number, _)| *number)
            .collect();
        let query = session
            .statement(&self.sql.resolve_mark)
            .bind(now)
            .bind(&numbers)
            .bind(resolution);
        session.run(query).await?;
        session.done().await?;
        let mut left: HashSet<i64> = numbers.into_iter().collect();
        Ok(letters.iter().map(|number| left.remove(number)).collect())
    }
}
