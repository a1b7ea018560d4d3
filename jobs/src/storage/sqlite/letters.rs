//! Dead letters: listing, retrying, discarding.

use std::collections::HashMap;

use chrono::DateTime;
use sqlx::Row as _;
use uuid::Uuid;

use super::{
    SqliteStorage,
    encode::{ids, json},
    errors::database,
    statements::query,
};
use crate::{
    error::Result,
    record::JobId,
    storage::{
        Letter, LetterFilter, Now, Resolve,
        damage::{sound, unreadable_failure},
        row,
    },
};

impl SqliteStorage {
    pub(super) async fn list_letters(
        &self,
        filter: LetterFilter,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Letter>> {
        let statement = if filter.unresolved {
            &self.statements.letters_open
        } else {
            &self.statements.letters
        };
        let names = json(&filter.names)?;
        // The stored text is in lower case as well.
        let text = filter.text.as_ref().map(|text| text.to_lowercase());
        let since = filter.since.map(|since| since.timestamp_micros());
        let job = filter.job.map(JobId::as_uuid);
        let found = self
            .fetch(statement, |query| {
                query
                    .bind(names.clone())
                    .bind(filter.queue.clone())
                    .bind(text.clone())
                    .bind(since)
                    .bind(limit)
                    .bind(offset)
                    .bind(filter.below)
                    .bind(job)
            })
            .await?;
        let mut jobs = Vec::with_capacity(found.len());
        for letter in &found {
            jobs.push(letter.try_get::<Uuid, _>(1).map_err(database)?);
        }
        let records = self.records(&jobs).await?;
        let mut letters = Vec::with_capacity(found.len());
        for (letter, job) in found.iter().zip(jobs) {
            // Its record may have gone since; then the letter has as well.
            let Some(record) = records.get(&job) else {
                continue;
            };
            let resolved_at: Option<i64> = letter.try_get(4).map_err(database)?;
            let timed = |micros: i64| sound(job, row::time(micros), DateTime::UNIX_EPOCH);
            let error = letter.try_get(2).map_err(database)?;
            letters.push(Letter {
                number: letter.try_get(0).map_err(database)?,
                row: record.clone(),
                error: sound(job, row::json("error", error), unreadable_failure()),
                died_at: timed(letter.try_get(3).map_err(database)?),
                resolved_at: resolved_at.map(timed),
            });
        }
        Ok(letters)
    }

    pub(super) async fn resolve_letters(
        &self,
        letters: Vec<i64>,
        how: Resolve,
        now: Now,
    ) -> Result<Vec<bool>> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = json(&letters)?;
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        let mut resolved = self
            .writer
            .write(move |connection| {
                let (statements, numbers) = (statements.clone(), numbers.clone());
                Box::pin(async move {
                    let resolution = match how {
                        Resolve::Retry => 1,
                        Resolve::Discard => 2,
                    };
                    let rows = query(&statements.letters_resolve)
                        .bind(numbers)
                        .bind(now)
                        .bind(resolution)
                        .fetch_all(&mut *connection)
                        .await
                        .map_err(database)?;
                    let mut resolved = HashMap::with_capacity(rows.len());
                    for row in &rows {
                        let number: i64 = row.try_get(0).map_err(database)?;
                        resolved.insert(number, row.try_get::<Uuid, _>(1).map_err(database)?);
                    }
                    if resolved.is_empty() {
                        return Ok(resolved);
                    }
                    let jobs = ids(resolved.values().copied())?;
                    let steps = match how {
                        Resolve::Retry => vec![
                            query(&statements.resolve_retry)
                                .bind(jobs.clone())
                                .bind(now),
                            query(&statements.history_forget).bind(jobs),
                        ],
                        Resolve::Discard => vec![query(&statements.resolve_discard).bind(jobs)],
                    };
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    Ok(resolved)
                })
            })
            .await?;
        // A number that was given twice is resolved once.
        Ok(letters
            .iter()
            .map(|number| resolved.remove(number).is_some())
            .collect())
    }
}
