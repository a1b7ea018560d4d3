//! `${VAR}`, `${VAR:-default}` and `$$` in text. Pure: the variables come in.

/// What a text became.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filled {
    pub(super) text: String,
    /// It had a variable, so that it may stand for a number as well.
    pub(super) changed: bool,
}

/// Why it could not be filled in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unfilled {
    /// This variable is not set, and has no default.
    Unset(String),
    /// It has no end, or a name that no variable has. What was written.
    Malformed(String),
}

/// Fills variables in. As in a shell, a default stands in for one that is not set or empty.
pub(super) fn fill(
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Filled, Unfilled> {
    let (mut filled, mut rest, mut changed) = (String::new(), text, false);
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            filled.push('$');
            rest = after;
        } else if let Some(inside) = after.strip_prefix('{') {
            let Some(end) = inside.find('}') else {
                return Err(Unfilled::Malformed(rest[at..].to_owned()));
            };
            let (inside, after) = (&inside[..end], &inside[end + 1..]);
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inside, None),
            };
            if !is_name(name) {
                return Err(Unfilled::Malformed(format!("${{{inside}}}")));
            }
            let value = match default {
                Some(default) => variable(name)
                    .filter(|value| !value.is_empty())
                    .unwrap_or_else(|| default.to_owned()),
                None => variable(name).ok_or_else(|| Unfilled::Unset(name.to_owned()))?,
            };
            filled.push_str(&value);
            changed = true;
            rest = after;
        } else {
            filled.push('$');
            rest = after;
        }
    }
    filled.push_str(rest);
    Ok(Filled {
        text: filled,
        changed,
    })
}

fn is_name(name: &str) -> bool {
    let mut marks = name.chars();
    marks
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && marks.all(|mark| mark.is_ascii_alphanumeric() || mark == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<Filled, Unfilled> {
        fill(text, &|name| match name {
            "HOST" => Some("db".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, expected, changed) in [
            ("plain", "plain", false),
            ("//${HOST}/${HOST}", "//db/db", true),
            ("${NONE:-a-b}", "a-b", true),
            ("${EMPTY:-default}${EMPTY}", "default", true),
            ("${HOST:-other}", "db", true),
            ("${NONE:-}", "", true),
            ("$$ $HOST $${HOST} 5$", "$ $HOST ${HOST} 5$", false),
        ] {
            let text = filled(text).expect("it can be filled in");
            assert_eq!((text.text.as_str(), text.changed), (expected, changed));
        }
    }

    #[test]
    fn what_cannot_be_filled_in_is_said() {
        assert_eq!(filled("a${NONE}"), Err(Unfilled::Unset("NONE".into())));
        for text in ["${HOST", "${}", "${A B}", "${:-x}", "${1A}"] {
            assert_eq!(
                filled(text),
                Err(Unfilled::Malformed(text.into())),
                "{text}"
            );
        }
    }
}
