//! Dead letters: listing, retrying, discarding.

use std::collections::HashMap;

use chrono::DateTime;
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::{
    SqliteStorage,
    encode::{Hex, ids, json},
    errors::database,
    groups,
    statements::{Statements, query},
    uniques,
};
use crate::{
    error::Result,
    record::{JobId, State},
    storage::{
        Held, Keys, Letter, LetterFilter, Now, Resolve, Resolved,
        damage::{sound, unreadable_failure},
        row,
        settle::Change,
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
    ) -> Result<Vec<Resolved>> {
        if letters.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: std::sync::Arc<[i64]> = letters.clone().into();
        let now = self.clock.micros(now);
        let statements = self.statements.clone();
        let (mut resolved, held) = self
            .writer
            .write(move |connection| {
                let (statements, wanted) = (statements.clone(), wanted.clone());
                Box::pin(async move {
                    let (keys, held) = match how {
                        Resolve::Retry => keys(connection, &statements, &wanted, now).await?,
                        Resolve::Discard => Default::default(),
                    };
                    let free: Vec<&i64> = wanted
                        .iter()
                        .filter(|number| !held.contains_key(*number))
                        .collect();
                    let resolution = match how {
                        Resolve::Retry => 1,
                        Resolve::Discard => 2,
                    };
                    let rows = query(&statements.letters_resolve)
                        .bind(json(&free)?)
                        .bind(now)
                        .bind(resolution)
                        .fetch_all(&mut *connection)
                        .await
                        .map_err(database)?;
                    let to = (how == Resolve::Discard).then_some(State::Discarded);
                    let mut changes = Vec::with_capacity(rows.len());
                    let mut resolved = HashMap::with_capacity(rows.len());
                    for row in &rows {
                        let number: i64 = row.try_get(0).map_err(database)?;
                        let id: Uuid = row.try_get(1).map_err(database)?;
                        resolved.insert(number, id);
                        let keys = Keys::read(row.try_get(2).map_err(database)?);
                        changes.push(Change {
                            from: Some(State::Dead),
                            to,
                            ..Change::ended(id, groups::place(row, 3, keys.as_ref())?, State::Dead)
                        });
                    }
                    if resolved.is_empty() {
                        return Ok((resolved, held));
                    }
                    let jobs = ids(resolved.values().copied())?;
                    let rows: Vec<_> = resolved
                        .iter()
                        .map(|(number, id)| (Hex(*id), keys.get(number)))
                        .collect();
                    let steps = match how {
                        Resolve::Retry => vec![
                            query(&statements.resolve_retry)
                                .bind(json(&rows)?)
                                .bind(now),
                            query(&statements.history_forget).bind(jobs),
                        ],
                        Resolve::Discard => vec![query(&statements.resolve_discard).bind(jobs)],
                    };
                    for step in steps {
                        step.execute(&mut *connection).await.map_err(database)?;
                    }
                    groups::follow(connection, &statements, changes, now).await?;
                    Ok((resolved, held))
                })
            })
            .await?;
        // A number that was given twice is resolved once.
        Ok(letters
            .iter()
            .map(|number| match held.get(number) {
                Some(holder) => Resolved::Held(JobId::from(*holder)),
                None if resolved.remove(number).is_some() => Resolved::Now,
                None => Resolved::Before,
            })
            .collect())
    }
}

/// The keys of the letters' jobs, after their unique keys were taken; and those that another one holds, with that one.
async fn keys(
    connection: &mut SqliteConnection,
    statements: &Statements,
    letters: &[i64],
    now: i64,
) -> Result<(HashMap<i64, String>, HashMap<i64, Uuid>)> {
    let rows = query(&statements.letters_keys)
        .bind(json(letters)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database)?;
    let (mut all, mut wanted) = (HashMap::new(), Vec::new());
    for row in &rows {
        let number: i64 = row.try_get(0).map_err(database)?;
        let id: Uuid = row.try_get(1).map_err(database)?;
        let text: String = row.try_get(2).map_err(database)?;
        if let Some(keys) = Keys::read(Some(&text))
            && let Some(unique) = &keys.unique
            && unique.until != Held::Time
        {
            wanted.push((number, (id, keys)));
        }
        all.insert(number, text);
    }
    let jobs: Vec<_> = wanted.iter().map(|(_, job)| job.clone()).collect();
    let holders = uniques::take(connection, statements, &jobs, now).await?;
    let held = wanted.into_iter().filter_map(|(number, (id, keys))| {
        let holder = *holders.get(&keys.unique?.key)?;
        (holder != id).then_some((number, holder))
    });
    Ok((all, held.collect()))
}
