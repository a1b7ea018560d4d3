//! Values of single keys: texts become what they stand for.

use std::time::Duration;

use jobs_cron::{Cron, duration, nearest};
use toml::{Spanned, de::DeValue};

use super::{
    keys::{Key, URLS},
    read::{Reader, Stop, example},
    source::Span,
    tree::{Arg, Named, Queues, Value},
};

type Given<'v, 'i> = &'v Spanned<DeValue<'i>>;

impl Reader<'_> {
    pub(super) fn url(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Value, Stop> {
        let told = self.problems.len();
        let text = match self.words(key, value) {
            Ok(filled) => filled.text,
            Err(Stop::Unset(mut problem)) => {
                problem.secret = true;
                return Err(Stop::Unset(problem));
            }
            Err(stop) => {
                self.problems[told..]
                    .iter_mut()
                    .for_each(|problem| problem.secret = true);
                return Err(stop);
            }
        };
        if crate::storage::is_known(&text) {
            return Ok(Value::Text(text));
        }
        let message = format!("`{}` names no database that is known", key.name);
        let stop = self.problem(&value.span(), message, URLS);
        self.problems[told..]
            .iter_mut()
            .for_each(|problem| problem.secret = true);
        Err(stop)
    }

    pub(super) fn name(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Value, Stop> {
        let text = self.words(key, value)?.text;
        if text.is_empty() {
            return Err(self.problem(
                &value.span(),
                format!("`{}` is empty", key.name),
                example(key),
            ));
        }
        Ok(Value::Text(text))
    }

    pub(super) fn flag(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Value, Stop> {
        if let DeValue::Boolean(flag) = value.get_ref() {
            return Ok(Value::Flag(*flag));
        }
        if let DeValue::String(text) = value.get_ref() {
            let filled = self.filled(text, &value.span())?;
            match filled.text.as_str() {
                "true" if filled.changed => return Ok(Value::Flag(true)),
                "false" if filled.changed => return Ok(Value::Flag(false)),
                other if filled.changed => {
                    let message = format!("`{}` is `true` or `false`, not `{other}`", key.name);
                    return Err(self.problem(
                        &value.span(),
                        message,
                        "set the variable to one of them",
                    ));
                }
                _ => {}
            }
        }
        Err(self.wrong(key, "`true` or `false`", value))
    }

    pub(super) fn whole(
        &mut self,
        key: &Key,
        value: Given<'_, '_>,
        least: i64,
        most: i64,
    ) -> Result<i64, Stop> {
        let (written, number) = match value.get_ref() {
            DeValue::Integer(number) => (
                number.to_string(),
                i64::from_str_radix(number.as_str(), number.radix()).ok(),
            ),
            DeValue::String(text) => {
                let filled = self.filled(text, &value.span())?;
                if !filled.changed {
                    return Err(self.wrong(key, "a whole number", value));
                }
                let number = filled.text.trim().parse().ok();
                (filled.text, number)
            }
            _ => return Err(self.wrong(key, "a whole number", value)),
        };
        match number {
            Some(number) if (least..=most).contains(&number) => Ok(number),
            _ => {
                let message = format!(
                    "`{}` is a whole number from {least} to {most}, not `{written}`",
                    key.name
                );
                Err(self.problem(&value.span(), message, example(key)))
            }
        }
    }

    pub(super) fn time(
        &mut self,
        key: &Key,
        value: Given<'_, '_>,
        least: u64,
    ) -> Result<Value, Stop> {
        if let DeValue::Integer(number) = value.get_ref() {
            let message = format!("`{}` is a duration, and {number} has no unit", key.name);
            return Err(self.problem(
                &value.span(),
                message,
                format!("write \"{number}s\" for seconds"),
            ));
        }
        let text = self.words(key, value)?.text;
        match duration::parse(&text) {
            Ok(time) if time >= least => Ok(Value::Time(Duration::from_millis(time))),
            Ok(_) => {
                let least = if least < 1_000 {
                    format!("{least}ms")
                } else {
                    format!("{}s", least / 1_000)
                };
                let message = format!("`{}` is shorter than {least}", key.name);
                Err(self.problem(&value.span(), message, format!("write \"{least}\" or more")))
            }
            Err(problem) => Err(self.problem(&value.span(), problem.message, problem.help)),
        }
    }

    pub(super) fn word(
        &mut self,
        key: &Key,
        value: Given<'_, '_>,
        known: &'static [&'static str],
    ) -> Result<Value, Stop> {
        let text = self.words(key, value)?.text;
        if known.contains(&text.as_str()) {
            return Ok(Value::Text(text));
        }
        let help = match nearest(&text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of `{}`", known.join("`, `")),
        };
        Err(self.problem(
            &value.span(),
            format!("`{}` cannot be `{text}`", key.name),
            help,
        ))
    }

    pub(super) fn zone(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Value, Stop> {
        let text = self.words(key, value)?.text;
        match jobs_cron::zone(&text) {
            Ok(zone) => Ok(Value::Text(zone.to_owned())),
            Err(problem) => Err(self.problem(&value.span(), problem.message, problem.help)),
        }
    }

    pub(super) fn crons(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Vec<String>, Stop> {
        let DeValue::Array(list) = value.get_ref() else {
            return Ok(vec![self.cron(key, value)?]);
        };
        if list.is_empty() {
            return Err(self.problem(&value.span(), "`cron` has no expression", example(key)));
        }
        self.each(list, |reader, cron| reader.cron(key, cron))
    }

    fn cron(&mut self, key: &Key, value: Given<'_, '_>) -> Result<String, Stop> {
        let text = self.words(key, value)?.text;
        match Cron::parse(&text) {
            Ok(_) => Ok(text.trim().to_owned()),
            Err(problem) => Err(self.problem(&value.span(), problem.message, problem.help)),
        }
    }

    /// Every element, so that all problems are told.
    fn each<T>(
        &mut self,
        list: &[Spanned<DeValue<'_>>],
        mut one: impl FnMut(&mut Self, Given<'_, '_>) -> Result<T, Stop>,
    ) -> Result<Vec<T>, Stop> {
        let all: Vec<_> = list.iter().map(|value| one(self, value)).collect();
        // A problem that was told outweighs a variable that may be set elsewhere.
        let mut found = Vec::new();
        let mut stop = None;
        for one in all {
            match (one, &stop) {
                (Ok(one), _) => found.push(one),
                (Err(_), Some(Stop::Told)) => {}
                (Err(error), _) => stop = Some(error),
            }
        }
        stop.map_or(Ok(found), Err)
    }

    pub(super) fn queues(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Queues, Stop> {
        match value.get_ref() {
            DeValue::String(_) => {
                let name = self.queue(key, value)?;
                Ok(if name.name == "*" {
                    Queues::All
                } else {
                    Queues::InOrder(vec![name])
                })
            }
            DeValue::Array(list) => {
                let names = self.each(list, |reader, name| reader.queue(key, name))?;
                if let Some(all) = names.iter().find(|name| name.name == "*") {
                    let (at, help) = (all.at.clone(), "write `queues = \"*\"`, or name the queues");
                    return Err(self.problem(&at, "`*` stands alone", help));
                }
                if names.is_empty() {
                    return Err(self.problem(
                        &value.span(),
                        "a pool without a queue would run nothing",
                        "name one, or write `queues = \"*\"`",
                    ));
                }
                Ok(Queues::InOrder(names))
            }
            DeValue::Table(table) => {
                let mut weighted = Vec::new();
                let told = self.problems.len();
                for (name, weight) in table {
                    let named = Named {
                        name: name.get_ref().to_string(),
                        at: name.span(),
                    };
                    let weight = self.whole(&WEIGHT, weight, 1, 1_000_000);
                    match weight {
                        Ok(weight) => weighted.push((named, u32::try_from(weight).unwrap_or(1))),
                        Err(Stop::Told) => {}
                        Err(unset) => return Err(unset),
                    }
                }
                if self.problems.len() > told {
                    return Err(Stop::Told);
                }
                if weighted.is_empty() {
                    return Err(self.problem(
                        &value.span(),
                        "a pool without a queue would run nothing",
                        "name one, or write `queues = \"*\"`",
                    ));
                }
                Ok(Queues::Weighted(weighted))
            }
            _ => Err(self.wrong(key, "a list of names, names with weights, or `*`", value)),
        }
    }

    fn queue(&mut self, key: &Key, value: Given<'_, '_>) -> Result<Named, Stop> {
        let name = self.words(key, value)?.text;
        Ok(Named {
            name,
            at: value.span(),
        })
    }

    pub(super) fn args(&mut self, value: Given<'_, '_>) -> Result<Vec<Arg>, Stop> {
        let DeValue::Table(table) = value.get_ref() else {
            let help = "name them, as in `args = { keep_days = 30 }`";
            return Err(self.problem(&value.span(), "`args` is a table", help));
        };
        let mut args = Vec::new();
        for (name, value) in table {
            args.push(Arg {
                name: Named {
                    name: name.get_ref().to_string(),
                    at: name.span(),
                },
                json: self.json(value)?,
                at: value.span(),
            });
        }
        Ok(args)
    }

    fn json(&mut self, value: Given<'_, '_>) -> Result<serde_json::Value, Stop> {
        use serde_json::Value as Json;
        let at = value.span();
        Ok(match value.get_ref() {
            DeValue::String(text) => Json::String(self.filled(text, &at)?.text),
            DeValue::Boolean(flag) => Json::Bool(*flag),
            DeValue::Datetime(time) => Json::String(time.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Json::from(number),
                    Err(_) => return Err(self.number(&at)),
                }
            }
            DeValue::Float(number) => match number
                .as_str()
                .parse()
                .ok()
                .and_then(serde_json::Number::from_f64)
            {
                Some(number) => Json::Number(number),
                None => return Err(self.number(&at)),
            },
            DeValue::Array(list) => Json::Array(self.each(list, |reader, one| reader.json(one))?),
            DeValue::Table(table) => {
                let mut object = serde_json::Map::new();
                for (name, value) in table {
                    object.insert(name.get_ref().to_string(), self.json(value)?);
                }
                Json::Object(object)
            }
        })
    }

    fn number(&mut self, at: &Span) -> Stop {
        self.problem(
            at,
            "this number cannot be stored as JSON",
            "write it as a string, if the job takes one",
        )
    }
}

/// A weight, as a key for messages.
const WEIGHT: Key = Key {
    name: "weight",
    kind: super::keys::Kind::Whole {
        least: 1,
        most: 1_000_000,
    },
    default: "1",
    about: "",
    example: "4",
};
