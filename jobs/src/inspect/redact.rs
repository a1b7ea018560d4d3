//! Arguments that are never shown.

use std::collections::HashMap;

use serde_json::Value;

use super::{Inspector, Kind};
use crate::{error::Result, record::JobRecord};

/// What is shown in their place.
pub(super) const REDACTED: &str = "[redacted]";

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

    /// Hides what is not shown; whether there was something.
    pub(super) fn hide(&self, record: &mut JobRecord) -> bool {
        self.hide_args(&record.name, &mut record.args)
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

impl Inspector {
    pub(super) async fn redactions(&self) -> Result<Redactions> {
        Ok(Redactions::new(self.kinds().await?))
    }
}
