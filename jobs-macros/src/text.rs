//! Tokens as text, the same whatever the user's spacing and whatever the compiler: rule keys are stored.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// One line, with a space between words, after `,` and `:`, and around `=` and `|`.
pub fn of(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text.trim_end().to_owned()
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    let mut previous = None;
    while let Some(token) = tokens.next() {
        let next = tokens.peek().and_then(punct);
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(if text.ends_with(' ') {
                    open.trim_start()
                } else {
                    open
                });
                write(group.stream(), text);
                text.truncate(text.trim_end().len());
                text.push_str(close);
                previous = None;
            }
            TokenTree::Ident(ident) => word(&ident.to_string(), text, &mut previous),
            TokenTree::Literal(literal) => word(&literal.to_string(), text, &mut previous),
            TokenTree::Punct(mark) => {
                let mark = mark.as_char();
                let alone = |c: Option<char>| !c.is_some_and(|c| "=<>!.+-*/%^&|:".contains(c));
                let spaced = match mark {
                    '=' | '|' => alone(previous) && alone(next),
                    _ => false,
                };
                if spaced && !text.ends_with(' ') && !text.is_empty() {
                    text.push(' ');
                }
                text.push(mark);
                if spaced
                    || matches!(mark, ',' | ';')
                    || (mark == ':' && previous != Some(':') && next != Some(':'))
                {
                    text.push(' ');
                }
                previous = Some(mark);
            }
        }
    }
}

fn word(word: &str, text: &mut String, previous: &mut Option<char>) {
    if text.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"' || c == '}') {
        text.push(' ');
    }
    text.push_str(word);
    *previous = None;
}

fn punct(token: &TokenTree) -> Option<char> {
    match token {
        TokenTree::Punct(mark) => Some(mark.as_char()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_in_the_source_does_not_matter() {
        for (source, text) in [
            (
                "ApiError :: Client ( 400 ..= 499 )|ApiError::Gone",
                "ApiError::Client(400..=499) | ApiError::Gone",
            ),
            (
                "ApiError::RateLimited{retry_after}",
                "ApiError::RateLimited { retry_after }",
            ),
            ("Wrapper < Foo,Bar >", "Wrapper<Foo, Bar>"),
            ("queue=A", "queue = A"),
            (
                "|e : & ApiError| e.is(1)&&true",
                "| e: &ApiError | e.is(1)&&true",
            ),
            ("Box<dyn  Error>", "Box<dyn Error>"),
            ("a == b", "a==b"),
        ] {
            let tokens: TokenStream = source.parse().expect("tokens");
            assert_eq!(of(&tokens), text);
        }
    }
}
