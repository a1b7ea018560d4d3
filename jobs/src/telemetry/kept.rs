//! What one attempt of a job with `logs` has logged: bounded, and without redacted arguments.

#![cfg_attr(
    not(feature = "logs"),
    expect(dead_code, reason = "nothing is kept then")
)]

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    definition::JobDef,
    inspect::{telling, without},
    registry,
    storage::{Claimed, Finish, Next},
};

/// The lines of one attempt.
#[derive(Clone)]
pub(crate) struct Kept(Arc<Inner>);

struct Inner {
    limit: usize,
    secrets: Vec<String>,
    text: Mutex<Text>,
}

#[derive(Default)]
struct Text {
    text: String,
    full: bool,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept")
            .field("limit", &self.0.limit)
            .finish()
    }
}

impl Kept {
    /// `None` for a job that keeps none.
    pub(crate) fn of(job: &'static JobDef, claimed: &Claimed) -> Option<Self> {
        let limit = job.first(|level| level.logs)?;
        Some(Self(Arc::new(Inner {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            secrets: secrets(job, &claimed.args),
            text: Mutex::default(),
        })))
    }

    /// Adds a line, as far as there is room; what is cut is marked.
    pub(crate) fn push(&self, line: &str) {
        let line = without(line, &self.0.secrets);
        let mut kept = self.0.text.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.full {
            return;
        }
        let room = self.0.limit.saturating_sub(kept.text.len());
        if line.len() < room {
            kept.text.push_str(&line);
            kept.text.push('\n');
            return;
        }
        let mut end = room.min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        kept.text.push_str(line.get(..end).unwrap_or_default());
        kept.text
            .push_str(&format!("… [cut at {} bytes]\n", self.0.limit));
        kept.full = true;
    }

    /// Hands what was kept to the end that is written.
    pub(crate) fn give(self, finish: &mut Finish) {
        if matches!(
            finish.to,
            Next::PutBack | Next::Block { .. } | Next::Park { .. }
        ) {
            return;
        }
        let mut kept = self.0.text.lock().unwrap_or_else(PoisonError::into_inner);
        let text = std::mem::take(&mut kept.text);
        finish.logs = (!text.is_empty()).then_some(text);
    }
}

/// The texts and numbers in redacted arguments, the longest first.
fn secrets(job: &'static JobDef, args: &str) -> Vec<String> {
    let mut names = registry::redacted(job).peekable();
    if names.peek().is_none() {
        return Vec::new();
    }
    let Ok(serde_json::Value::Object(args)) = serde_json::from_str(args) else {
        return Vec::new();
    };
    let mut found = BTreeSet::new();
    for value in names.filter_map(|name| args.get(name)) {
        telling(value, &mut found);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found
}

/// Says at a worker's start which jobs want their logs kept in vain.
pub(crate) fn check(jobs: &[&'static JobDef]) {
    #[cfg(feature = "logs")]
    if super::logs::is_installed() {
        return;
    }
    let wanting: Vec<&str> = jobs
        .iter()
        .filter(|job| job.first(|level| level.logs).is_some())
        .map(|job| job.name)
        .collect();
    if !wanting.is_empty() {
        tracing::warn!(
            jobs = %wanting.join(", "),
            "these jobs have `logs`, but nothing collects them: add `jobs::logs::layer()` to your tracing subscriber"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Inner, Kept, Text};
    use std::sync::{Arc, Mutex};

    fn kept(limit: usize, secrets: &[&str]) -> Kept {
        Kept(Arc::new(Inner {
            limit,
            secrets: secrets.iter().map(|text| (*text).to_owned()).collect(),
            text: Mutex::new(Text::default()),
        }))
    }

    fn text(kept: &Kept) -> String {
        kept.0.text.lock().expect("nobody panicked").text.clone()
    }

    #[test]
    fn what_is_too_much_is_cut_between_characters_and_marked() {
        let kept = kept(8, &[]);
        kept.push("ab");
        kept.push("cdéé…");
        kept.push("never");
        assert_eq!(text(&kept), "ab\ncdé… [cut at 8 bytes]\n");
    }

    #[test]
    fn a_secret_is_not_kept_in_part_either() {
        let kept = kept(20, &["4111111111111111"]);
        kept.push("card 4111111111111111 declined");
        assert_eq!(text(&kept), "card [redacted] decl… [cut at 20 bytes]\n");
    }
}
