//! What was read: values of the right kinds, each with its place.

use std::{collections::BTreeMap, time::Duration};

use super::source::{Problem, Span};

/// A table by its keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Table(BTreeMap<String, Entry>);

/// A value of a table.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Where the key stands.
    pub(super) key: Span,
    /// Where the value stands.
    pub(super) at: Span,
    pub(super) value: Value,
}

/// What a key may have.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Whole(i64),
    Time(Duration),
    Queues(Queues),
    Crons(Vec<String>),
    Args(Vec<Arg>),
    Table(Table),
    /// A variable in it is not set; that matters only if nothing replaces the value.
    Unset(Problem),
}

/// The queues of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Queues {
    /// All that no other pool names.
    All,
    /// One before the other.
    InOrder(Vec<Named>),
    /// By these weights.
    Weighted(Vec<(Named, u32)>),
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(super) name: String,
    pub(super) at: Span,
}

/// One argument of a job.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arg {
    pub(super) name: Named,
    pub(super) json: serde_json::Value,
    /// Where its value stands.
    pub(super) at: Span,
}

impl Queues {
    /// Those that are named.
    pub(super) fn named(&self) -> Vec<&Named> {
        match self {
            Self::All => Vec::new(),
            Self::InOrder(names) => names.iter().collect(),
            Self::Weighted(names) => names.iter().map(|(name, _)| name).collect(),
        }
    }
}

impl Table {
    pub(super) fn put(&mut self, name: &str, entry: Entry) {
        self.0.insert(name.to_owned(), entry);
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Entry> {
        self.0.remove(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// What the other one says holds; tables are joined.
    pub(super) fn overlay(&mut self, other: Self) {
        for (name, entry) in other.0 {
            match (self.0.get_mut(&name), entry) {
                (
                    Some(Entry {
                        value: Value::Table(below),
                        ..
                    }),
                    Entry {
                        value: Value::Table(above),
                        ..
                    },
                ) => below.overlay(above),
                (_, entry) => drop(self.0.insert(name, entry)),
            }
        }
    }

    /// The variables that are not set, of values that are left.
    pub(super) fn unset(&self, found: &mut Vec<Problem>) {
        for entry in self.0.values() {
            match &entry.value {
                Value::Table(table) => table.unset(found),
                Value::Unset(problem) => found.push(problem.clone()),
                _ => {}
            }
        }
    }

    /// A table in it; none at all is an empty one.
    pub(super) fn table(&self, name: &str) -> Self {
        match self.get(name).map(|entry| &entry.value) {
            Some(Value::Table(table)) => table.clone(),
            _ => Self::default(),
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match &self.get(name)?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// A name, with its place.
    pub(super) fn named(&self, name: &str) -> Option<Named> {
        let entry = self.get(name)?;
        match &entry.value {
            Value::Text(text) => Some(Named {
                name: text.clone(),
                at: entry.at.clone(),
            }),
            _ => None,
        }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match &self.get(name)?.value {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// A whole number; the reader has seen that it is in its range.
    pub(super) fn whole<N: TryFrom<i64>>(&self, name: &str) -> Option<N> {
        match &self.get(name)?.value {
            Value::Whole(number) => N::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(super) fn time(&self, name: &str) -> Option<Duration> {
        match &self.get(name)?.value {
            Value::Time(time) => Some(*time),
            _ => None,
        }
    }
}
