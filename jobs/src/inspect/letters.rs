//! Dead letters by what killed them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Inspector,
    fingerprint::{fingerprint, normalised},
    redact::{REDACTED, Redactions},
};
use crate::{
    dead_letters::resolve,
    error::Result,
    record::{JobId, JobRecord},
    storage::{Resolve, Resolved, inspect::LetterHead},
};

/// So many of the newest letters are grouped.
const NEWEST: usize = 10_000;
const STEP: u32 = 2_000;
/// Of so many groups that redact something the job is looked at.
const EXAMPLES: usize = 500;
/// So many jobs of a group are named.
const NAMED: usize = 20;

/// Unresolved dead letters whose errors are of one type and say the same but for numbers, ids and what is quoted.
///
/// ```
/// # async fn doc(inspector: jobs::inspect::Inspector) -> jobs::Result<()> {
/// for group in inspector.dead_groups().await? {
///     println!("{} × {}: {}", group.count, group.error_type, group.example);
///     inspector.retry_group(&group.fingerprint).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Names the group.
    pub fingerprint: String,
    /// The type of the error.
    pub error_type: String,
    /// What the messages have in common.
    pub shape: String,
    /// The newest message.
    pub example: String,
    /// So many letters.
    pub count: u64,
    /// The names of their jobs.
    pub names: BTreeSet<String>,
    /// The newest of their jobs.
    pub jobs: Vec<JobId>,
    /// When the first of them died,
    pub first_at: DateTime<Utc>,
    /// and when the last.
    pub last_at: DateTime<Utc>,
}

impl Inspector {
    async fn newest(&self) -> Result<Vec<LetterHead>> {
        let (mut all, mut below) = (Vec::new(), None);
        while all.len() < NEWEST {
            let heads = self
                .call(move |storage, _| async move { storage.letter_heads(below, STEP).await })
                .await?;
            let full = heads.len() >= STEP as usize;
            below = heads.last().map(|head| head.number);
            all.extend(heads);
            if !full {
                break;
            }
        }
        Ok(all)
    }

    /// The 10,000 newest unresolved dead letters by what killed them, the largest group first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn dead_groups(&self) -> Result<Vec<Group>> {
        let kinds = self.kinds().await?;
        let names = kinds.iter().map(|kind| (kind.id, kind.name.clone()));
        let names: HashMap<_, _> = names.collect();
        let redactions = Redactions::new(kinds);
        let mut groups: HashMap<String, Group> = HashMap::new();
        for head in self.newest().await? {
            let print = fingerprint(&head.error_type, &head.message);
            // Newest first: the first one seen is the last that died.
            let group = groups.entry(print.clone()).or_insert_with(|| Group {
                fingerprint: print,
                shape: normalised(&head.message),
                error_type: head.error_type,
                example: head.message,
                count: 0,
                names: BTreeSet::new(),
                jobs: Vec::new(),
                first_at: head.died_at,
                last_at: head.died_at,
            });
            group.count += 1;
            group.first_at = group.first_at.min(head.died_at);
            if group.jobs.len() < NAMED {
                group.jobs.push(head.job);
            }
            group.names.extend(names.get(&head.kind).cloned());
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        groups.sort_by(|one, other| {
            (other.count, other.last_at, &one.fingerprint).cmp(&(
                one.count,
                one.last_at,
                &other.fingerprint,
            ))
        });
        let hides = |group: &Group| group.names.iter().any(|name| redactions.has(name));
        let hiding: Vec<_> = groups.iter_mut().filter(|group| hides(group)).collect();
        self.hide_examples(hiding, &redactions).await?;
        Ok(groups)
    }

    /// Each message as its job shows it. If the job is not there any more, or the group is a small one behind many, what
    /// the message is made of stays unknown.
    async fn hide_examples(&self, groups: Vec<&mut Group>, redactions: &Redactions) -> Result<()> {
        let newest = groups.iter().take(EXAMPLES);
        let newest: Vec<_> = newest
            .filter_map(|group| group.jobs.first().copied())
            .collect();
        if newest.is_empty() {
            return Ok(());
        }
        let rows = self
            .call(move |storage, _| async move { storage.rows(newest).await })
            .await?;
        let records = rows
            .into_iter()
            .map(|row| (row.id, JobRecord::from_row(row)));
        let mut records: HashMap<_, _> = records.collect();
        for group in groups {
            let record = group.jobs.first().and_then(|id| records.remove(id));
            let shown = record.and_then(|mut record| {
                redactions.hide(&mut record);
                let error = record.attempts.into_iter().rev().find_map(|run| run.error);
                error.map(|error| error.message().to_owned())
            });
            group.example = shown.unwrap_or_else(|| REDACTED.to_owned());
            group.shape = normalised(&group.example);
        }
        Ok(())
    }

    /// Retries the letters of a group, among the 10,000 newest; how many.
    ///
    /// # Errors
    /// The database fails; what was retried before stays retried.
    pub async fn retry_group(&self, fingerprint: &str) -> Result<u64> {
        self.resolve_group(fingerprint, Resolve::Retry, "retry group")
            .await
    }

    /// Discards the letters of a group, among the 10,000 newest; how many.
    ///
    /// # Errors
    /// The database fails; what was discarded before stays so.
    pub async fn discard_group(&self, fingerprint: &str) -> Result<u64> {
        self.resolve_group(fingerprint, Resolve::Discard, "discard group")
            .await
    }

    /// Retries every unresolved dead letter, or those with this text in message or chain; how many.
    ///
    /// # Errors
    /// The database fails; what was retried before stays retried.
    pub async fn retry_dead(&self, error: Option<&str>) -> Result<u64> {
        let done = self.dead(error).retry_all().await?;
        self.note("retry dead", error.unwrap_or("all"), format!("{done} jobs"))
            .await;
        Ok(done)
    }

    /// Discards every unresolved dead letter, or those with this text in message or chain; how many.
    ///
    /// # Errors
    /// The database fails; what was discarded before stays so.
    pub async fn discard_dead(&self, error: Option<&str>) -> Result<u64> {
        let done = self.dead(error).discard_all().await?;
        self.note(
            "discard dead",
            error.unwrap_or("all"),
            format!("{done} jobs"),
        )
        .await;
        Ok(done)
    }

    fn dead(&self, error: Option<&str>) -> crate::dead_letters::DeadLetters {
        let dead = self.jobs.dead_letters().unresolved();
        match error {
            Some(text) => dead.error(text),
            None => dead,
        }
    }

    async fn resolve_group(&self, wanted: &str, how: Resolve, action: &str) -> Result<u64> {
        let letters: Vec<i64> = self
            .newest()
            .await?
            .into_iter()
            .filter(|head| fingerprint(&head.error_type, &head.message) == wanted)
            .map(|head| head.number)
            .collect();
        let mut resolved = 0;
        for chunk in letters.chunks(500) {
            let done = resolve(&self.jobs, chunk.to_vec(), how).await?;
            resolved += done.iter().filter(|done| **done == Resolved::Now).count() as u64;
        }
        self.note(action, wanted, format!("{resolved} jobs")).await;
        Ok(resolved)
    }
}
