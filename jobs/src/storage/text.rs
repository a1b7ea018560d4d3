//! Text on its way into a database: the prefix of table names, and what plain columns cannot hold.

use std::sync::Arc;

use crate::error::{Error, Result};

/// The statement with `{p}` replaced by the prefix of the tables, ready to be sent any number of times.
pub(crate) fn with_prefix(template: &str, prefix: &str) -> Arc<str> {
    template.replace("{p}", prefix).into()
}

/// Refuses what cannot stand inside a table's name; the prefix is the one thing that is put into SQL text.
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
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        for good in ["", "jobs_", "_x", "A1"] {
            assert!(check_prefix("table_prefix", good).is_ok(), "{good}");
        }
        let long = "x".repeat(41);
        for bad in ["1a", "a b", "a\"", "a;", "ä", "sqlite_", &long] {
            assert!(check_prefix("table_prefix", bad).is_err(), "{bad}");
        }
        assert_eq!(&*with_prefix("SELECT {p}a, {p}b", "x_"), "SELECT x_a, x_b");
    }
}
