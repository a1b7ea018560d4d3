//! Arguments that are never shown.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Inspector, Kind};
use crate::{error::Result, record::JobRecord};

/// What is shown in place of a redacted value.
pub const REDACTED: &str = "[redacted]";
/// A shorter value is not looked for in texts: it would be found in words that have nothing to do with it.
const TELLING: usize = 4;

/// The names of redacted arguments by name of job.
pub(super) struct Redactions(HashMap<String, Vec<String>>);

impl Redactions {
    pub(super) fn new(kinds: Vec<Kind>) -> Self {
        let hiding = kinds.into_iter().filter(|kind| !kind.redact.is_empty());
        Self(hiding.map(|kind| (kind.name, kind.redact)).collect())
    }

    fn of(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether jobs of this name have something to hide.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.of(name).is_empty()
    }

    /// Hides what is not shown, also where a text of the job quotes it; whether there was something.
    pub(super) fn hide(&self, record: &mut JobRecord) -> bool {
        let mut values = BTreeSet::new();
        for name in self.of(&record.name) {
            if let Some(value) = record.args.get(name) {
                telling(value, &mut values);
            }
        }
        let hidden = self.hide_args(&record.name, &mut record.args);
        if !values.is_empty() {
            // The longest first: one may be a part of another.
            let mut values: Vec<_> = values.into_iter().collect();
            values.sort_by_key(|value| std::cmp::Reverse(value.len()));
            hide_texts(record, |text| without(text, &values));
        }
        hidden
    }

    /// The same for the arguments of a job of this name.
    pub(super) fn hide_args(&self, name: &str, args: &mut Value) -> bool {
        let names = self.of(name);
        if names.is_empty() {
            return false;
        }
        match args {
            Value::Object(args) => {
                let mut hidden = false;
                for name in names {
                    if let Some(value) = args.get_mut(name) {
                        *value = Value::from(REDACTED);
                        hidden = true;
                    }
                }
                hidden
            }
            // It is no object: what of it must be hidden cannot be told.
            other => {
                *other = Value::from(REDACTED);
                true
            }
        }
    }

    /// Whether what is shown of a job's arguments holds the text.
    pub(super) fn shows(&self, record: &JobRecord, text: &str) -> bool {
        let shown = record.args.to_string().to_lowercase();
        let quoted = Value::from(text).to_string().to_lowercase();
        shown.contains(&text.to_lowercase()) || shown.contains(&quoted[1..quoted.len() - 1])
    }

    /// Whether what is shown of a job's errors holds the text.
    pub(super) fn shows_error(&self, record: &JobRecord, text: &str) -> bool {
        let text = text.to_lowercase();
        let errors = record.attempts.iter().filter_map(|run| run.error.as_ref());
        let mut texts = errors.flat_map(|error| {
            let own = [error.type_name(), error.message()];
            own.into_iter()
                .chain(error.chain().iter().map(String::as_str))
        });
        texts.any(|shown| shown.to_lowercase().contains(&text))
    }

    /// New arguments for a job, in which what stands as redacted stays as it is stored.
    pub(super) fn keep(&self, name: &str, stored: &Value, edited: &mut Value) {
        let (Value::Object(stored), Value::Object(edited)) = (stored, edited) else {
            return;
        };
        for name in self.of(name) {
            if let (Some(old), Some(new)) = (stored.get(name), edited.get_mut(name))
                && new.as_str() == Some(REDACTED)
            {
                *new = old.clone();
            }
        }
    }
}

/// The texts and numbers of a value that are long enough to be told from other words.
pub(crate) fn telling(value: &Value, found: &mut BTreeSet<String>) {
    let mut long = |text: String| {
        if text.chars().count() >= TELLING {
            found.insert(text);
        }
    };
    match value {
        Value::String(text) => {
            // As `{:?}` shows it, too.
            let debug = format!("{text:?}");
            long(debug[1..debug.len() - 1].to_owned());
            long(text.clone());
        }
        Value::Number(number) => long(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| telling(value, found)),
        Value::Object(values) => values.values().for_each(|value| telling(value, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

pub(crate) fn without(text: &str, values: &[String]) -> String {
    values.iter().fold(text.to_owned(), |text, value| {
        if text.contains(value) {
            text.replace(value, REDACTED)
        } else {
            text
        }
    })
}

/// Changes whatever of a record is a text that the job may have made of its arguments.
fn hide_texts(record: &mut JobRecord, change: impl Fn(&str) -> String) {
    for error in record
        .attempts
        .iter_mut()
        .filter_map(|run| run.error.as_mut())
    {
        error.map_texts(&change);
    }
    for logs in record
        .attempts
        .iter_mut()
        .filter_map(|run| run.logs.as_mut())
    {
        *logs = change(logs);
    }
    if let Some(reason) = &mut record.reason {
        *reason = change(reason);
    }
    if let Some(progress) = &mut record.progress {
        progress.message = change(&progress.message);
    }
}

impl Inspector {
    pub(super) async fn redactions(&self) -> Result<Redactions> {
        Ok(Redactions::new(self.kinds().await?))
    }
}
