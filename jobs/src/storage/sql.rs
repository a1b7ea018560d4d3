//! Statements with names in them: filled in once, when a storage is made.

use std::sync::Arc;

/// Puts names into a statement's placeholders, such as `{s}`.
pub(crate) fn fill(template: &str, names: &[(&str, &str)]) -> Arc<str> {
    let mut sql = template.to_owned();
    for (placeholder, name) in names {
        sql = sql.replace(placeholder, name);
    }
    sql.into()
}

/// A name as SQL takes it, whatever is in it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
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
