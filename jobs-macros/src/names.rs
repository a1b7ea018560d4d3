//! Names made from names, and names that are stored.

use proc_macro2::{Ident, Span};

/// How long a stored name may be, in bytes.
const MAX_NAME: usize = 120;

/// `send_welcome_email` → `SendWelcomeEmail`.
pub fn upper_camel(name: &str) -> String {
    name.trim_start_matches("r#")
        .split('_')
        .flat_map(|part| {
            let mut chars = part.chars();
            let first = chars.next().into_iter().flat_map(char::to_uppercase);
            first.chain(chars).collect::<Vec<_>>()
        })
        .collect()
}

/// The text as an identifier, raw if it is a keyword; `None` if it can be none.
pub fn identifier(text: &str, span: Span) -> Option<Ident> {
    if let Ok(mut ident) = syn::parse_str::<Ident>(text) {
        ident.set_span(span);
        return Some(ident);
    }
    if matches!(text, "_" | "self" | "Self" | "super" | "crate") {
        return None;
    }
    let mut ident = syn::parse_str::<Ident>(&format!("r#{text}")).ok()?;
    ident.set_span(span);
    Some(ident)
}

/// Without `r#`.
pub fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// What is wrong with a name that is to be stored, if anything is.
pub fn stored_name_problem(what: &str, name: &str) -> Option<(String, String)> {
    let said = |message: String, help: &str| Some((message, help.to_owned()));
    if name.trim().is_empty() {
        return said(
            format!("{what} cannot be empty"),
            "leave it out for the default",
        );
    }
    if name.len() > MAX_NAME {
        return said(
            format!(
                "{what} is at most {MAX_NAME} bytes long, this one is {}",
                name.len()
            ),
            "shorten it",
        );
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return said(
            format!("{what} cannot contain blanks or control characters"),
            "join the words with `.`, `-` or `_`",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_become_types() {
        assert_eq!(upper_camel("send_welcome_email"), "SendWelcomeEmail");
        assert_eq!(upper_camel("upload_to_s3"), "UploadToS3");
        assert_eq!(upper_camel("r#type"), "Type");
        assert_eq!(upper_camel("_quiet"), "Quiet");
        assert_eq!(upper_camel("__"), "");
    }

    #[test]
    fn keywords_become_raw_and_nonsense_nothing() {
        let name = |text| identifier(text, Span::call_site()).map(|i| i.to_string());
        assert_eq!(name("critical").as_deref(), Some("critical"));
        assert_eq!(name("type").as_deref(), Some("r#type"));
        for none in ["low-priority", "", "self", "1st", "a b", "_"] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
