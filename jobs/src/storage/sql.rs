//! Statements with names in them: filled in once, when a storage is made.

use std::{collections::BTreeMap, sync::Arc};

use super::PoolInfo;
#[cfg(feature = "sqlite")]
use crate::error::{Error, Result};

/// Queue → (what takes from it, how many of it run at once), as the rows of workers have it. A queue of several pools
/// counts the slots of all, apart from other queues.
pub(crate) fn slots(pools: &[PoolInfo]) -> BTreeMap<&str, (String, u64)> {
    let mut slots = BTreeMap::new();
    for (number, pool) in pools.iter().enumerate() {
        for queue in &pool.queues {
            let more = u64::from(pool.slots);
            slots
                .entry(queue.as_str())
                .and_modify(|(of, all): &mut (String, u64)| {
                    queue.clone_into(of);
                    *all += more;
                })
                .or_insert_with(|| (format!("#{number}"), more));
        }
    }
    slots
}

/// Puts names into a statement's placeholders: `{p}` the prefix of SQLite tables, `{s}` the Postgres schema. What its
/// file says about it at its head is for readers of the file, not for the database's logs nor for users of `to_sql`.
pub(crate) fn fill(template: &str, names: &[(&str, &str)]) -> Arc<str> {
    let mut template = template;
    while let Some((_, rest)) = template
        .starts_with("-- ")
        .then(|| template.split_once('\n'))
        .flatten()
    {
        template = rest;
    }
    let mut sql = template.trim_end().to_owned();
    for (placeholder, name) in names {
        sql = sql.replace(placeholder, name);
    }
    sql.into()
}

/// A name as SQL takes it, whatever is in it.
#[cfg(feature = "postgres")]
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it; for names in statements that cannot have parameters.
#[cfg(feature = "postgres")]
pub(crate) fn literal(text: &str) -> String {
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Refuses what cannot stand inside a table's name; the prefix is the one thing that is put into SQL text.
#[cfg(feature = "sqlite")]
pub(crate) fn check_prefix(setting: &'static str, prefix: &str) -> Result<()> {
    let starts_well = prefix
        .chars()
        .next()
        .is_none_or(|first| first.is_ascii_alphabetic() || first == '_');
    let plain = prefix
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_');
    if starts_well
        && plain
        && prefix.len() <= 40
        && !prefix.to_ascii_lowercase().starts_with("sqlite_")
    {
        return Ok(());
    }
    Err(Error::InvalidSetting {
        setting,
        value: prefix.to_owned(),
        reason: "it takes at most 40 ASCII letters, digits and underscores, and does not begin with a digit",
    })
}

/// Text for a plain text column: no backend agrees with another on NUL in the middle.
#[cfg(feature = "sqlite")]
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(feature = "sqlite")]
    fn prefixes_are_plain_names() {
        for good in ["", "jobs_", "_x", "A1"] {
            assert!(check_prefix("table_prefix", good).is_ok(), "{good}");
        }
        let long = "x".repeat(41);
        for bad in ["1a", "a b", "a\"", "a;", "ä", "sqlite_", &long] {
            assert!(check_prefix("table_prefix", bad).is_err(), "{bad}");
        }
        assert_eq!(
            &*fill("SELECT {p}a, {p}b", &[("{p}", "x_")]),
            "SELECT x_a, x_b"
        );
    }

    #[test]
    fn the_head_of_a_file_stays_in_the_file() {
        let file = "-- in: 1 id\n-- out: x\nSELECT x -- why\n  FROM {p}a\n";
        assert_eq!(
            &*fill(file, &[("{p}", "x_")]),
            "SELECT x -- why\n  FROM x_a"
        );
    }

    #[test]
    #[cfg(feature = "postgres")]
    fn names_cannot_end_their_quotes() {
        assert_eq!(identifier("jobs"), r#""jobs""#);
        assert_eq!(
            &*fill(
                "SELECT {s}.x",
                &[("{s}", &identifier("a\"; DROP TABLE b; --"))]
            ),
            r#"SELECT "a""; DROP TABLE b; --".x"#
        );
    }
}
