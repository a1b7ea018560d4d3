//! From TOML to [`Table`]s: keys that are not in the table of keys, and values of wrong kinds, become problems; what is
//! right is read on.

use std::collections::BTreeSet;

use jobs_cron::nearest;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    keys::{ELSEWHERE, Key, Kind, ROOT},
    source::{Problem, Source, Span},
    tree::{Entry, Table, Value},
    variables::{Filled, Unfilled, fill},
};

/// Where variables come from.
pub(super) type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Why a value is not there.
pub(super) enum Stop {
    /// It is a problem already.
    Told,
    /// A variable in it is not set.
    Unset(Problem),
}

pub(super) struct Reader<'r> {
    pub(super) source: &'r Source,
    pub(super) variable: Variable<'r>,
    pub(super) problems: Vec<Problem>,
}

/// Reads a file for an environment.
pub(super) fn read(
    source: &Source,
    environment: Option<&str>,
    variable: Variable<'_>,
) -> (Table, Vec<Problem>) {
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    let syntax: Vec<Problem> = errors
        .into_iter()
        .map(|error| {
            let at = error.span().unwrap_or(0..0);
            Problem::new(&at, format!("this is not TOML: {}", error.message()), "")
        })
        .collect();
    let mut reader = Reader {
        source,
        variable,
        problems: Vec::new(),
    };
    let mut table = reader.table("", ROOT, document.get_ref());
    if let Some(environments) = table.take("env") {
        reader.choose(&mut table, environments, environment);
    }
    let mut problems = reader.problems;
    table.unset(&mut problems);
    // What follows from an error of syntax is no error of its own.
    let lines = source.lines();
    let line = |problem: &Problem| lines.number(problem.at.start);
    let broken: BTreeSet<_> = syntax.iter().map(line).collect();
    problems.retain(|problem| !broken.contains(&line(problem)));
    problems.extend(syntax);
    (table, problems)
}

impl Reader<'_> {
    /// What an environment says holds.
    fn choose(&mut self, table: &mut Table, environments: Entry, chosen: Option<&str>) {
        let Value::Table(mut declared) = environments.value else {
            return;
        };
        let Some(chosen) = chosen else { return };
        if let Some(entry) = declared.take(chosen) {
            if let Value::Table(over) = entry.value {
                table.overlay(over);
            }
            return;
        }
        // One that nothing is said of has the values of the file. A misspelt one shall not.
        if let Some(near) = nearest(chosen, declared.iter().map(|(name, _)| name)) {
            let message = format!("there is no environment `{chosen}` in this file");
            let help = format!("did you mean `{near}`? if not, add an empty `[env.{chosen}]`");
            self.problems
                .push(Problem::new(&environments.key, message, help));
        }
    }

    pub(super) fn problem(
        &mut self,
        at: &Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Stop {
        self.problems.push(Problem::new(at, message, help));
        Stop::Told
    }

    fn table(&mut self, path: &str, keys: &'static [Key], table: &DeTable<'_>) -> Table {
        let mut read = Table::default();
        for (name, value) in table {
            let (at, name) = (name.span(), name.get_ref());
            let Some(key) = keys.iter().find(|key| key.name == name) else {
                self.unknown(path, &at, name, keys);
                continue;
            };
            let path = join(path, name);
            let value = match self.value(&path, key, value) {
                Ok(found) => found,
                Err(Stop::Told) => continue,
                Err(Stop::Unset(problem)) => Value::Unset(problem),
            };
            let entry = Entry {
                key: at,
                at: table[&**name].span(),
                value,
            };
            read.put(name, entry);
        }
        read
    }

    fn unknown(&mut self, path: &str, at: &Span, name: &str, keys: &'static [Key]) {
        let names = keys.iter().map(|key| key.name);
        let help = match (
            ELSEWHERE.iter().find(|(there, _)| *there == name),
            nearest(name, names.clone()),
        ) {
            (Some((_, here)), _) => (*here).to_owned(),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => {
                let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
                format!("there are {}", names.join(", "))
            }
        };
        let place = match path {
            "" => String::new(),
            path => format!(" in `{path}`"),
        };
        self.problem(at, format!("unknown key `{name}`{place}"), help);
    }

    fn value(
        &mut self,
        path: &str,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, Stop> {
        let found = match key.kind {
            Kind::Table(keys) => {
                let table = self.tables(path, value)?;
                Value::Table(self.table(path, keys, table))
            }
            Kind::Named(keys) => self.named(path, keys, value)?,
            // The last of all keys is `env` itself.
            Kind::Environments => self.named(path, &ROOT[..ROOT.len() - 1], value)?,
            Kind::Text => Value::Text(self.words(key, value)?.text),
            Kind::Url => self.url(key, value)?,
            Kind::Job | Kind::Queue => self.name(key, value)?,
            Kind::Flag => self.flag(key, value)?,
            Kind::Whole { least, most } => Value::Whole(self.whole(key, value, least, most)?),
            Kind::Time { least } => self.time(key, value, least)?,
            Kind::Word(known) => self.word(key, value, known)?,
            Kind::Queues => Value::Queues(self.queues(key, value)?),
            Kind::Cron => Value::Crons(self.crons(key, value)?),
            Kind::Zone => self.zone(key, value)?,
            Kind::Args => Value::Args(self.args(value)?),
        };
        Ok(found)
    }

    fn named(
        &mut self,
        path: &str,
        keys: &'static [Key],
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Value, Stop> {
        let mut read = Table::default();
        for (name, value) in self.tables(path, value)? {
            let (at, name) = (name.span(), name.get_ref());
            let path = join(path, name);
            let Ok(table) = self.tables(&path, value) else {
                continue;
            };
            let entry = Entry {
                key: at,
                at: value.span(),
                value: Value::Table(self.table(&path, keys, table)),
            };
            read.put(name, entry);
        }
        Ok(Value::Table(read))
    }

    fn tables<'v, 'i>(
        &mut self,
        path: &str,
        value: &'v Spanned<DeValue<'i>>,
    ) -> Result<&'v DeTable<'i>, Stop> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            other => {
                let message = format!("`{path}` is a table, and this is {}", article(other));
                Err(self.problem(&value.span(), message, format!("write `[{path}]`")))
            }
        }
    }

    /// A value of another kind than the key takes.
    pub(super) fn wrong(&mut self, key: &Key, wanted: &str, value: &Spanned<DeValue<'_>>) -> Stop {
        let message = format!(
            "`{}` is {wanted}, and this is {}",
            key.name,
            article(value.get_ref())
        );
        self.problem(&value.span(), message, example(key))
    }

    /// A text with its variables filled in.
    pub(super) fn words(
        &mut self,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Filled, Stop> {
        match value.get_ref() {
            DeValue::String(text) => self.filled(text, &value.span()),
            _ => Err(self.wrong(key, "a string", value)),
        }
    }

    pub(super) fn filled(&mut self, text: &str, at: &Span) -> Result<Filled, Stop> {
        match fill(text, self.variable) {
            Ok(filled) => Ok(filled),
            Err(Unfilled::Unset(name)) => Err(Stop::Unset(Problem::new(
                &self.inside(at, &format!("${{{name}")),
                format!("the variable `{name}` is not set"),
                format!("set it, or give it a default: `${{{name}:-…}}`"),
            ))),
            Err(Unfilled::Malformed(part)) => {
                let at = self.inside(at, &part);
                let message = format!("`{part}` is no variable");
                Err(self.problem(
                    &at,
                    message,
                    "write `${NAME}`, `${NAME:-default}`, or `$$` for a dollar sign",
                ))
            }
        }
    }

    /// Where in a value this is written; the value itself if it is written with escapes.
    fn inside(&self, at: &Span, part: &str) -> Span {
        let written = self.source.text.get(at.clone()).unwrap_or_default();
        match written.find(part) {
            Some(from) => {
                let start = at.start + from;
                let whole = &written[from..];
                let end = whole.find('}').map_or(part.len(), |end| end + 1);
                start..start + end.max(part.len())
            }
            None => at.clone(),
        }
    }
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// What to write for a key.
pub(super) fn example(key: &Key) -> String {
    format!("as in `{} = {}`", key.name, key.example)
}

fn article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
